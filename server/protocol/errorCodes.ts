/**
 * Every error code that Cria can answer with. `docs/errors.md` lists the same table and a test compares the two.
 * `httpStatus` is the status an HTTP route answers with; `meaning` says what happened in words for the docs.
 */
export const errorCodes = {
  bad_request: { httpStatus: 400, meaning: "The request does not have the right shape; the message names the field." },
  not_found: { httpStatus: 404, meaning: "There is no such page or route." },
  internal: { httpStatus: 500, meaning: "Something failed that should not; the log says more." },
  config_invalid: { httpStatus: 500, meaning: "A flag or an environment variable has a value that cannot be used." },
  port_taken: { httpStatus: 500, meaning: "Another program listens on the port." },
  home_not_writable: { httpStatus: 500, meaning: "The home folder cannot be written to." },
  server_starting: { httpStatus: 503, meaning: "The server is not ready yet." },
  server_closing: { httpStatus: 503, meaning: "The server is shutting down." },
  model_not_found: { httpStatus: 404, meaning: "No model of that name is installed." },
  model_load_failed: { httpStatus: 500, meaning: "The model's weights could not be loaded." },
  model_load_timeout: { httpStatus: 504, meaning: "Loading the model took longer than the time-out." },
  worker_died: { httpStatus: 500, meaning: "The process that held the model ended in the middle of the work." },
  queue_full: { httpStatus: 429, meaning: "Too many generations are waiting already." },
  context_full: { httpStatus: 400, meaning: "The conversation is longer than the model's context." },
  prompt_template_failed: { httpStatus: 400, meaning: "The model's chat template could not be rendered." },
  generation_not_found: { httpStatus: 404, meaning: "There is no such generation, or its log is no longer kept." },
  generation_failed: { httpStatus: 500, meaning: "The engine failed while making the reply." },
  conversation_not_found: { httpStatus: 404, meaning: "There is no such conversation." },
  message_not_found: { httpStatus: 404, meaning: "There is no such message in the conversation." },
  conversation_busy: { httpStatus: 409, meaning: "A reply is being made in this place already." },
  storage_failed: { httpStatus: 500, meaning: "The conversations could not be read or written." },
  gguf_invalid: { httpStatus: 400, meaning: "The file is not a valid GGUF file." },
} as const satisfies Record<string, { httpStatus: number; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;
