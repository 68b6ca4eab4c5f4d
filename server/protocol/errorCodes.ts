/**
 * Every error code that Cria can answer with. `docs/errors.md` lists the same table and a test compares the two.
 * `httpStatus` is the status an HTTP route answers with; `meaning` says what happened in words for the docs.
 */
export const errorCodes = {
  bad_request: { httpStatus: 400, meaning: "The request does not have the right shape; the message names the field." },
  unknown_parameter: { httpStatus: 400, meaning: "The request has a field that does not exist; the message names it." },
  unsupported_parameter: {
    httpStatus: 400,
    meaning: "The request asks for something that Cria, or this model, cannot do; the message names the field.",
  },
  unsupported_media_type: { httpStatus: 415, meaning: "The body is not JSON, or is compressed." },
  body_too_large: { httpStatus: 413, meaning: "The body has more bytes than are read at once." },
  forbidden_origin: {
    httpStatus: 403,
    meaning: "The request came from a page of another site, or under a name that is not this server's.",
  },
  unauthorized: { httpStatus: 401, meaning: "The server wants a token, and none that counts was given." },
  too_many_requests: { httpStatus: 429, meaning: "This came too often; the message says when to try again." },
  token_required: {
    httpStatus: 500,
    meaning: "The server was to be reachable from other machines without a token; it refuses to start so.",
  },
  tokens_unreadable: { httpStatus: 500, meaning: "The file of tokens cannot be read." },
  not_found: { httpStatus: 404, meaning: "There is no such page or route." },
  internal: { httpStatus: 500, meaning: "Something failed that should not; the log says more." },
  config_invalid: { httpStatus: 500, meaning: "A flag or an environment variable has a value that cannot be used." },
  port_taken: { httpStatus: 500, meaning: "Another program listens on the port." },
  home_not_writable: { httpStatus: 500, meaning: "The home folder cannot be written to." },
  server_starting: { httpStatus: 503, meaning: "The server is not ready yet." },
  server_closing: { httpStatus: 503, meaning: "The server is shutting down." },
  connection_lost: {
    httpStatus: 503,
    meaning: "The server cannot be reached, or the connection to it did not come back.",
  },
  protocol_mismatch: {
    httpStatus: 400,
    meaning: "The server and the client are of versions that do not fit together.",
  },
  model_not_found: { httpStatus: 404, meaning: "No model of that name is installed." },
  memory_short: { httpStatus: 507, meaning: "The model needs more memory than is free; the message has the numbers." },
  model_load_failed: { httpStatus: 500, meaning: "The model's weights could not be loaded." },
  model_load_timeout: { httpStatus: 504, meaning: "Loading the model took longer than the time-out." },
  worker_died: { httpStatus: 500, meaning: "The process that held the model ended in the middle of the work." },
  server_ended: { httpStatus: 500, meaning: "The server ended in the middle of the reply; the text so far was kept." },
  queue_full: { httpStatus: 429, meaning: "Too many generations are waiting already." },
  context_full: { httpStatus: 400, meaning: "The conversation is longer than the model's context." },
  prompt_template_failed: { httpStatus: 400, meaning: "The model's chat template could not be rendered." },
  generation_not_found: { httpStatus: 404, meaning: "There is no such generation, or its log is no longer kept." },
  generation_failed: { httpStatus: 500, meaning: "The engine failed while making the reply." },
  conversation_not_found: { httpStatus: 404, meaning: "There is no such conversation." },
  message_not_found: { httpStatus: 404, meaning: "There is no such message in the conversation." },
  conversation_busy: { httpStatus: 409, meaning: "A reply is being made in this place already." },
  storage_failed: { httpStatus: 500, meaning: "The conversations could not be read or written." },
  ggml_invalid: {
    httpStatus: 400,
    meaning: "The file is not a valid file of the formats before GGUF (ggml, ggmf, ggjt).",
  },
  gguf_invalid: { httpStatus: 400, meaning: "The file is not a valid GGUF file." },
  safetensors_invalid: { httpStatus: 400, meaning: "The file is not a valid safetensors file." },
  pytorch_invalid: { httpStatus: 400, meaning: "The file is not a valid PyTorch checkpoint." },
  pickle_refused: {
    httpStatus: 400,
    meaning: "The PyTorch checkpoint wants to run code, or something else that weights do not need; nothing was run.",
  },
  tokenizer_invalid: {
    httpStatus: 400,
    meaning: "The checkpoint's tokenizer is missing, damaged or of an unknown kind.",
  },
  checkpoint_invalid: {
    httpStatus: 400,
    meaning: "The checkpoint's files do not fit together: the message names the file or the tensor.",
  },
  architecture_unsupported: {
    httpStatus: 400,
    meaning: "The checkpoint's architecture is not one that can be converted.",
  },
  weights_not_finite: { httpStatus: 400, meaning: "A tensor has values that are no numbers (NaN) or infinite." },
  quantize_refused: { httpStatus: 400, meaning: "The file cannot be quantized as asked; the message says why." },
  quantizer_unavailable: { httpStatus: 500, meaning: "The native library that quantizes is missing or does not fit." },
  quantizer_died: { httpStatus: 500, meaning: "Quantizing ended in the middle of the work." },
  weights_unreadable: { httpStatus: 400, meaning: "A file of weights could not be opened or read." },
  weights_unwritable: { httpStatus: 500, meaning: "A file of weights could not be written." },
  install_unknown_model: { httpStatus: 404, meaning: "The catalog has no model of that name." },
  install_source_invalid: {
    httpStatus: 400,
    meaning: "What was given to install is no hub repository, address, folder or file that can be installed.",
  },
  install_busy: {
    httpStatus: 409,
    meaning: "This model is being installed or removed already, here or in another process.",
  },
  install_stopped: { httpStatus: 409, meaning: "The install was paused or cancelled." },
  install_failed: {
    httpStatus: 500,
    meaning: "The install ended before the model was finished; what was fetched is kept.",
  },
  install_wrong_model: { httpStatus: 422, meaning: "What was downloaded is not the model that was asked for." },
  install_check_failed: { httpStatus: 500, meaning: "The finished weights could not be read back or loaded." },
  disk_full: { httpStatus: 507, meaning: "There is not enough room on the disk; the message has the numbers." },
  memory_too_small: {
    httpStatus: 507,
    meaning: "The model needs more memory than this machine has; the message has the numbers.",
  },
  hub_unauthorized: { httpStatus: 401, meaning: "The hub does not accept the token, or wants one." },
  hub_gated: { httpStatus: 403, meaning: "The repository's owner wants its conditions accepted first." },
  hub_not_found: { httpStatus: 404, meaning: "The hub has no such repository, revision or file." },
  hub_rate_limited: { httpStatus: 429, meaning: "The hub wants fewer requests." },
  hub_failed: { httpStatus: 502, meaning: "The hub could not be reached or answered with an error." },
  download_refused: { httpStatus: 403, meaning: "The address is not one that Cria downloads from." },
  download_failed: { httpStatus: 502, meaning: "The download broke off more often than it is worth retrying." },
  download_stalled: { httpStatus: 504, meaning: "The server sent nothing, or next to nothing, for too long." },
  download_corrupt: {
    httpStatus: 502,
    meaning: "What was downloaded is not what the source says it is: size or checksum differ.",
  },
} as const satisfies Record<string, { httpStatus: number; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;
