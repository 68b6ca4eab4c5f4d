import { realpath } from "node:fs/promises";
import { Ollama } from "ollama";
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Generation } from "../chat/Generation.js";
import { collectGeneration } from "../http/collectGeneration.js";
import { followGeneration } from "../http/followGeneration.js";
import { installRandomModel, randomModelId, randomModelPath } from "./installRandomModel.js";
import { openAiClient, refusalOf } from "./openAiClient.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
let client: OpenAI;
beforeAll(async () => {
  cria = await TestServer.start(installRandomModel);
  client = openAiClient(cria.url);
});
afterAll(() => cria.close());

const model = "alpaca.demo";
const ask = (content: string) => [{ role: "user" as const, content }];
const story = ask("Tell me a short story about a dog.");

describe("errors", () => {
  it("have OpenAI's shape, status and the field's name", async () => {
    const create = (extra: object) =>
      refusalOf(client.chat.completions.create({ model, messages: story, ...extra }) as Promise<unknown>);
    expect(await create({ model: "gpt-9" })).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
    expect(await create({ model: "gpt-9" })).toBeInstanceOf(NotFoundError);
    expect(await create({ temperature: 9 })).toMatchObject({ status: 400, param: "temperature" });
    expect(await create({ temperature: 9 })).toBeInstanceOf(BadRequestError);
    expect(await create({ temperature: "warm" })).toMatchObject({ param: "temperature" });
    expect(await create({ messages: [] })).toMatchObject({ param: "messages" });
    expect(await create({ messages: [{ role: "user", content: 3 }] })).toMatchObject({ param: "messages[0].content" });
    expect(await create({ max_tokens: 5, max_completion_tokens: 6 })).toMatchObject({ param: "max_tokens" });
    expect(await create({ n: 1000 })).toMatchObject({ param: "n" });
  });

  it("name a field that does not exist, at any depth", async () => {
    const create = (extra: object) =>
      refusalOf(client.chat.completions.create({ model, messages: story, ...extra }) as Promise<unknown>);
    expect(await create({ temprature: 1 })).toMatchObject({ code: "unknown_parameter", param: "temprature" });
    expect(await create({ messages: [{ role: "user", content: "a", colour: 1 }] })).toMatchObject({
      code: "unknown_parameter",
      param: "messages[0].colour",
    });
    expect(await create({ suffix: "x" })).toMatchObject({ param: "suffix" });
  });

  it("[T9] name such a field also where it has the name of something that every object has", async () => {
    for (const field of ["__proto__", "constructor", "toString"]) {
      const body = `{"model":"${model}","messages":[{"role":"user","content":"a"}],"${field}":{"a":1}}`;
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${cria.url}/v1/chat/completions`, { method: "POST", headers, body });
      expect(await response.json()).toMatchObject({ error: { code: "unknown_parameter", param: field } });
    }
  });

  it("[T10] name a schema that is nested too deep for anything that reads it", async () => {
    const deep = `${'{"items":'.repeat(110)}{}${"}".repeat(110)}`;
    const tool = `{"type":"function","function":{"name":"f","parameters":${deep}}}`;
    for (const [field, extra] of [
      ["json_schema", `"json_schema":${deep}`],
      [
        "response_format.json_schema.schema",
        `"response_format":{"type":"json_schema","json_schema":{"schema":${deep}}}`,
      ],
      ["tools[0].function.parameters", `"tools":[${tool}]`],
    ]) {
      const body = `{"model":"${model}","messages":[{"role":"user","content":"a"}],${extra}}`;
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${cria.url}/v1/chat/completions`, { method: "POST", headers, body });
      expect([response.status, await response.json()]).toMatchObject([400, { error: { param: field } }]);
    }
  });

  it("[T10] say that a body is nested too deep", async () => {
    const headers = { "content-type": "application/json" };
    const body = `{"model":"${model}","prompt":"a","metadata":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
    const response = await fetch(`${cria.url}/v1/completions`, { method: "POST", headers, body });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "invalid_value" } }]);
  });

  it("[T22] name tools that are too much to look through", async () => {
    const parameters = { type: "object", description: "x".repeat(60_000) };
    const tools = Array.from({ length: 5 }, (_, index) => ({
      type: "function" as const,
      function: { name: `f${index}`, parameters },
    }));
    expect(await refusalOf(client.chat.completions.create({ model, messages: story, tools }))).toMatchObject({
      status: 400,
      param: "tools",
    });
  });

  it("are none for a reply of OpenAI's that is sent back as it came, or for a seed that JSON carries exactly", async () => {
    const assistant = {
      role: "assistant",
      content: "Hello",
      refusal: null,
      annotations: [],
      audio: null,
      function_call: null,
      reasoning_content: "A greeting.",
    };
    const request = (seed: number) =>
      client.chat.completions.create({
        model,
        messages: [...story, assistant as OpenAI.ChatCompletionAssistantMessageParam, ...story],
        max_tokens: 8,
        temperature: 1,
        seed,
      });
    const [time, folded, negative] = [1_795_888_763_123, 1_795_888_763_123 % 2 ** 32, -7];
    expect((await request(time)).choices[0]?.message.content).toBe((await request(folded)).choices[0]?.message.content);
    expect((await request(negative)).choices).toHaveLength(1);
    expect((await request(Number.MIN_SAFE_INTEGER)).choices).toHaveLength(1);
    for (const seed of [2 ** 53, -(2 ** 53), 2 ** 63, 0.5])
      expect(await refusalOf(request(seed))).toMatchObject({
        param: "seed",
        message: expect.stringContaining("from -9007199254740991 to 9007199254740991"),
      });
  });

  it.each([
    ["/", "ends in /v1"],
    ["//v1", "ends in /v1"],
    ["/v1", "chat/completions"],
  ])(
    "say where to ask to a client whose base address ends in %s or that wants a newer interface",
    async (base, hint) => {
      const lost = new OpenAI({ baseURL: `${cria.url}${base}`, apiKey: "none", maxRetries: 0 });
      const asked: Promise<unknown>[] =
        base === "/v1"
          ? [lost.responses.create({ model, input: "Hi" })]
          : [
              lost.models.list(),
              lost.chat.completions.create({ model, messages: story }),
              lost.responses.create({ model }),
            ];
      for (const refusal of await Promise.all(asked.map(refusalOf)))
        expect(refusal).toMatchObject({ status: 404, code: "not_found", message: expect.stringContaining(hint) });
    },
  );

  it("name what is wrong with an address that cannot be decoded", async () => {
    const response = await fetch(`${cria.url}/v1/models/%c0%ae`);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "invalid_value" } }]);
  });

  it("say that images are not read", async () => {
    const content = [
      { type: "text" as const, text: "What is this?" },
      { type: "image_url" as const, image_url: { url: "data:image/png;base64,AA" } },
    ];
    const error = await refusalOf(client.chat.completions.create({ model, messages: [{ role: "user", content }] }));
    expect(error).toMatchObject({ status: 400, param: "messages[0].content[1].type" });
    expect(error.message).toMatch(/no images/);
  });

  it("are answered with their status also when a stream was asked for", async () => {
    const messages = ask("long ".repeat(2000));
    for (const stream of [true, false])
      expect(await refusalOf(client.chat.completions.create({ model, messages, stream }))).toMatchObject({
        status: 400,
        code: "context_length_exceeded",
      });
  });

  it("are JSON for an address that does not exist", async () => {
    const response = await fetch(`${cria.url}/v1/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "not_found", param: null } });
  });
});

describe("malformed bodies", () => {
  it("are refused: no JSON, broken JSON, another type, compressed, too big", async () => {
    const url = `${cria.url}/v1/chat/completions`;
    const json = { "content-type": "application/json" };
    const send = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) => {
      const response = await fetch(url, { method: "POST", body, headers });
      const { error } = (await response.json()) as { error: { message: string } };
      expect(error.message.length).toBeGreaterThan(10);
      return response.status;
    };
    const good = JSON.stringify({ model, messages: story, max_tokens: 1 });
    expect(await send("", json)).toBe(400);
    expect(await send("{", json)).toBe(400);
    expect(await send("[]", json)).toBe(400);
    expect(await send('"text"', json)).toBe(400);
    expect(await send(good, { "content-type": "text/plain" })).toBe(403);
    expect(await send(good, { "content-type": "application/x-www-form-urlencoded" })).toBe(403);
    expect(await send(good, { ...json, "content-encoding": "gzip" })).toBe(415);
    expect(await send(new Uint8Array(9 * 1024 * 1024).fill(0x20), json)).toBe(413);
    expect(await send(good.replace("{", '{"__proto__":{"stream":true},'), json)).toBe(400);
    expect(cria.server.generations.runningCount).toBe(0);
  });
});

describe("a client that goes away", () => {
  it("stops its generations, streamed or not", async () => {
    for (const stream of [true, false]) {
      const abort = new AbortController();
      const started: Generation[] = [];
      const twoWriting = new Promise<void>((resolve) => {
        const writing = new Set<string>();
        const end = cria.server.generations.onStart((generation) => {
          started.push(generation);
          followGeneration(generation, ({ type }) => {
            if (type !== "text" || writing.add(generation.id).size < 2) return;
            end();
            resolve();
          });
        });
      });
      const request = fetch(`${cria.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: randomModelId, messages: story, ignore_eos: true, max_tokens: -1, stream, n: 2 }),
        signal: abort.signal,
      });
      await twoWriting;
      abort.abort();
      await request.then((response) => response.text()).catch(() => {});
      for (const generation of started)
        await expect(collectGeneration(generation)).rejects.toMatchObject({ code: "generation_stopped" });
      const weightsPath = await realpath(randomModelPath(cria.homePath));
      const worker = await cria.server.pool.acquire({ id: randomModelId, weightsPath, sizeBytes: 0 }, () => {});
      while (worker.activeGenerations > 0) await new Promise((resolve) => setImmediate(resolve));
      expect(cria.server.generations.runningCount).toBe(0);
    }
  });
});

describe("a reply that is stopped on the server", () => {
  it("is an error for its reader, never a reply that looks whole", async () => {
    for (const stream of [true, false]) {
      const end = cria.server.generations.onStart((generation) =>
        followGeneration(generation, ({ type }) => {
          if (type === "text") generation.stop();
        }),
      );
      const request = async () => {
        const extra = { ignore_eos: true, max_tokens: -1 };
        const answer = await client.chat.completions.create({
          model: randomModelId,
          messages: story,
          stream,
          ...extra,
        });
        if ("controller" in answer)
          for await (const chunk of answer) expect(chunk.choices[0]?.finish_reason).toBeNull();
      };
      await expect(request()).rejects.toMatchObject({ code: "generation_stopped" });
      end();
    }
  });
});

describe("a server that asks for a token", () => {
  it("takes it as the client's API key, and refuses others in the client's own shape", async () => {
    const token = "x".repeat(40);
    const closed = await TestServer.start(undefined, {}, { token });
    try {
      const as = (apiKey: string) => openAiClient(closed.url, apiKey);
      expect((await as(token).models.list()).data.length).toBeGreaterThan(0);
      const error = await refusalOf(as("wrong").models.list());
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ status: 401, code: "unauthorized", type: "invalid_request_error" });
      await expect(new Ollama({ host: closed.url }).list()).rejects.toMatchObject({
        status_code: 401,
        error: expect.stringMatching(/\w/),
      });
    } finally {
      await closed.close();
    }
  });
});
