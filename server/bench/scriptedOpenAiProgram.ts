/**
 * An OpenAI-compatible server without a model, for tests and benchmarks of what stands before engines. It says `w0 w1 w2 …`, a word a
 * token, and goes on with a reply that was begun at the word after its last one: whoever reads knows what is missing or came twice.
 * Its one argument is how fast it is. Sends its port to its parent.
 */
import { createServer, type ServerResponse } from "node:http";
import { z } from "zod";
import { monotonicMs } from "./monotonicMs.js";

/** Words of a reply that says no limit. */
const usualWords = 200;
/** Timers are no finer than this; what falls due within goes out together. */
const tickMs = 2;

const { tokensPerSecond } = z
  .object({ tokensPerSecond: z.number().positive() })
  .parse(JSON.parse(process.argv[2] ?? ""));

const chatSchema = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  max_tokens: z.int().optional(),
  continue_final_message: z.boolean().optional(),
});

/** `w0 w1 … ` up to, but without, word `count`. */
function scriptedWords(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `w${first + index} `).join("");
}

function send(response: ServerResponse, data: object): void {
  response.write(`data: ${JSON.stringify(data)}\n\n`);
}

function answer(response: ServerResponse, body: unknown): void {
  const { messages, max_tokens = usualWords, continue_final_message } = chatSchema.parse(body);
  const last = messages.at(-1)?.content ?? "";
  const first = continue_final_message === true ? last.split(" ").filter(Boolean).length : 0;
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  const startMs = monotonicMs();
  let made = 0;
  const timer = setInterval(
    () => {
      const due = Math.min(max_tokens, Math.floor(((monotonicMs() - startMs) * tokensPerSecond) / 1000));
      for (; made < due; made++) send(response, { choices: [{ delta: { content: scriptedWords(first + made, 1) } }] });
      if (made < max_tokens) return;
      clearInterval(timer);
      send(response, { choices: [{ delta: {}, finish_reason: "length" }] });
      send(response, { choices: [], usage: { prompt_tokens: 10, completion_tokens: made } });
      response.end("data: [DONE]\n\n");
    },
    Math.max(tickMs, Math.min(20, 1000 / tokensPerSecond)),
  );
  response.once("close", () => clearInterval(timer));
}

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  request.on("end", () => {
    if (request.url === "/v1/models")
      response.end(
        JSON.stringify({ object: "list", data: [{ id: "words", owned_by: "vllm", max_model_len: 100_000 }] }),
      );
    else if (request.url === "/v1/chat/completions") answer(response, JSON.parse(text));
    else response.writeHead(404).end("{}");
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : undefined });
});
process.on("disconnect", () => process.exit(0));
