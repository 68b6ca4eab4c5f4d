import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../../platform/logger.js";
import { generate } from "../../test/engineContract.js";
import { RemoteEngine } from "./RemoteEngine.js";
import { remoteTimes } from "./RemoteServer.js";

/** A server that does as it is told, for what a real one cannot be made to do. */
let server: Server;
let models: unknown;
let requests: { path: string; authorization: string | undefined; body: string }[];
let answer: (response: ServerResponse, request: IncomingMessage) => void;
let engine: RemoteEngine;

const times = {
  ...remoteTimes,
  lookMs: 3_600_000,
  stallMs: 1_000,
  retry: { attempts: 3, baseDelayMs: 5, maxDelayMs: 10, maxRetryAfterMs: 100 },
};
const model = { id: "m", object: "model", owned_by: "vllm", max_model_len: 64 };
const text = (piece: string, more = {}) => `data: ${JSON.stringify({ choices: [{ text: piece, ...more }] })}\n\n`;
const stream = (response: ServerResponse, ...events: string[]) =>
  response.writeHead(200, { "content-type": "text/event-stream" }).end(events.join(""));
const fault =
  (status: number, error: object, headers = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify({ error }));

beforeEach(async () => {
  [models, requests] = [{ object: "list", data: [model] }, []];
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece: string) => {
      body += piece;
    });
    request.on("end", () => {
      requests.push({ path: request.url ?? "", authorization: request.headers.authorization, body });
      if (request.url === "/v1/models") response.end(JSON.stringify(models));
      else answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  engine = new RemoteEngine({ name: "box", baseUrl: url(), apiKey: "key-1" }, createLogger("silent"), times);
  await engine.look();
});
afterEach(async () => {
  await engine.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function url(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

function ready(index = 0) {
  const wanted = engine.models[index];
  if (wanted === undefined) throw new Error("there is no such model");
  return engine.acquire(wanted);
}

const run = async (sampling = {}) => generate(await ready(), { text: "x" }, { maxTokens: 5, ...sampling });

describe("a remote engine", () => {
  it("sends its key, and of the parameters those that the server knows", async () => {
    answer = (response) => stream(response, text("a"), text("", { finish_reason: "stop" }), "data: [DONE]\n\n");
    expect((await run({ topK: 0, repeatPenalty: 1.2 })).pieces).toEqual(["a"]);
    expect(requests.map(({ authorization }) => authorization)).toEqual(["Bearer key-1", "Bearer key-1"]);
    const body = JSON.parse(requests[1]?.body ?? "");
    expect(body).toMatchObject({ model: "m", prompt: "x", top_k: -1, repetition_penalty: 1.2, max_tokens: 5 });
    expect(Object.keys(body)).not.toContain("repeat_penalty");
  });

  it("shows thoughts that come beside the text as the models write them", async () => {
    const delta = (fields: object) => `data: ${JSON.stringify({ choices: [{ delta: fields }] })}\r\n\r\n`;
    answer = (response) =>
      stream(
        response,
        ": a comment\n\n",
        delta({ role: "assistant", reasoning_content: "Hm" }),
        delta({ reasoning_content: "." }),
        delta({ content: "Yes" }),
        `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] })}\n\n`,
        `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })}\n\n`,
        "data: [DONE]\n\n",
      );
    const { pieces, done } = await run();
    expect(pieces.join("")).toBe("<think>Hm.</think>Yes");
    expect(done.stats).toMatchObject({ promptTokens: 7, generatedTokens: 3 });
  });

  it("takes a full context for what it is", async () => {
    const usage = { prompt_tokens: 60, completion_tokens: 4 };
    answer = (response) =>
      stream(response, text("a", { finish_reason: "length" }), `data: ${JSON.stringify({ usage })}\n\n`);
    expect((await run()).done.stopReason).toBe("context");
  });

  it("tries again what may pass, as long as nothing was shown", async () => {
    const faults = [fault(503, { message: "loading" }), fault(429, { message: "busy" }, { "retry-after": "0" })];
    answer = (response) => {
      const next = faults.shift();
      if (next === undefined) stream(response, text("a", { finish_reason: "stop" }));
      else next(response);
    };
    expect((await run()).pieces).toEqual(["a"]);
    expect(requests).toHaveLength(4);
  });

  it("gives models ids that the protocol takes, all of them different", async () => {
    models = { data: ["org/A:7b", "org A-7b", "..", "ä".repeat(200)].map((id) => ({ ...model, id })) };
    await engine.look();
    expect(engine.models.map(({ id }) => id)).toEqual(["box.org-A-7b", "box.org-A-7b-2", "box.model", "box.model-2"]);
    answer = (response) => stream(response, text("a", { finish_reason: "stop" }));
    await generate(await ready(1), { text: "x" }, {});
    expect(JSON.parse(requests.at(-1)?.body ?? "")).toMatchObject({ model: "org A-7b" });
  });

  it("says that it does not answer, and comes back by itself", async () => {
    const changes: string[] = [];
    engine.onStateChange((id) => changes.push(`${id} ${engine.state(id).state}`));
    const { port } = server.address() as AddressInfo;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(run()).rejects.toMatchObject({ code: "engine_unreachable" });
    await engine.look();
    expect(engine.state("box.m")).toMatchObject({ state: "failed", error: { code: "engine_unreachable" } });
    await expect(run()).rejects.toMatchObject({ code: "engine_unreachable" });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    answer = (response) => stream(response, text("a", { finish_reason: "stop" }));
    expect((await run()).pieces).toEqual(["a"]);
    expect(changes).toEqual(["box.m failed", "box.m ready"]);
  });
});

describe("a remote engine that misbehaves", () => {
  it.each([
    ["wants another key", fault(401, { message: "no" }), "engine_refused"],
    ["finds the prompt too long", fault(400, { message: "long", code: "context_length_exceeded" }), "context_full"],
    ["does not take the request", fault(400, { message: "top_k?" }), "bad_request"],
    ["is overloaded for good", fault(429, { message: "busy" }), "queue_full"],
    ["is broken", fault(500, { message: "oops" }), "engine_failed"],
    ["sends elsewhere", fault(307, {}, { location: "http://127.0.0.1:1/v1/completions" }), "engine_failed"],
    ["sends no JSON", (response: ServerResponse) => stream(response, "data: {not json\n\n"), "engine_failed"],
    ["ends too early", (response: ServerResponse) => stream(response, text("a")), "engine_failed"],
    [
      "sends an error in the stream",
      (response: ServerResponse) => stream(response, text("a"), 'data: {"error":{"message":"out of memory"}}\n\n'),
      "engine_failed",
    ],
    [
      "sends a line without end",
      (response: ServerResponse) => {
        response.writeHead(200);
        response.end(`data: ${"x".repeat(4_100_000)}`);
      },
      "engine_failed",
    ],
    [
      "falls silent",
      (response: ServerResponse) => {
        response.writeHead(200);
        response.write(text("a"));
      },
      "engine_failed",
    ],
    [
      "cuts the connection",
      (response: ServerResponse) => {
        response.writeHead(200);
        response.write(text("a"), () => response.destroy());
      },
      "engine_failed",
    ],
  ])("one that %s: the reply ends with the reason", async (_, misbehave, code) => {
    answer = misbehave;
    await expect(run()).rejects.toMatchObject({ code });
  });

  it("keeps what it sent before it broke off", async () => {
    answer = (response) => stream(response, text("a"), text("b"));
    await expect(run()).rejects.toMatchObject({ code: "engine_failed", textSoFar: "ab" });
  });

  it("follows no redirect with the key and the prompt ([T12])", async () => {
    answer = fault(307, {}, { location: `${url()}/stolen` });
    await expect(run()).rejects.toMatchObject({ code: "engine_failed" });
    expect(requests.map(({ path }) => path)).not.toContain("/v1/stolen");
  });

  it("a list of models that never ends is none", async () => {
    const hasty = new RemoteEngine({ name: "box", baseUrl: url() }, createLogger("silent"), {
      ...times,
      connectMs: 50,
    });
    server.removeAllListeners("request").on("request", (_, response: ServerResponse) => response.write("{"));
    await hasty.look();
    expect(hasty.models).toEqual([]);
    await expect(hasty.acquire({ id: "box.m", engine: "box", remoteId: "m", contextTokens: 1 })).rejects.toMatchObject({
      code: "engine_unreachable",
    });
    await hasty.close();
  });

  it.each([["{}"], ["[]"], ['{"data":[{"id":7}]}']])("a list of models that is none: %s", async (list) => {
    models = JSON.parse(list);
    await engine.look();
    expect(engine.state("box.m")).toMatchObject({ state: "failed", error: { code: "engine_failed" } });
  });
});
