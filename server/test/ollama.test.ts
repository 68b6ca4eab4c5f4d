import { Ollama } from "ollama";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Generation } from "../chat/Generation.js";
import { collectGeneration } from "../http/collectGeneration.js";
import { followGeneration } from "../http/followGeneration.js";
import { checkedFetch } from "./checkedFetch.js";
import { installRandomModel, randomModelId } from "./installRandomModel.js";
import { installTemplateModel, taggedTemplate } from "./installTemplateModel.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
let ollama: Ollama;
beforeAll(async () => {
  cria = await TestServer.start(async (home) => {
    await installTemplateModel(home, "tagged", taggedTemplate);
    await installRandomModel(home);
  });
  ollama = new Ollama({ host: cria.url, fetch: checkedFetch });
});
afterAll(() => cria.close());

const model = "alpaca.demo";
const story = "Tell me a short story about a dog.";

function post(path: string, body: object): Promise<Response> {
  return fetch(`${cria.url}/api${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function refusal(path: string, body: object): Promise<{ status: number; error: string }> {
  const response = await post(path, body);
  const { error } = (await response.json()) as { error: string };
  return { status: response.status, error };
}

describe("what is there", () => {
  it("version, tags and what is in memory", async () => {
    expect((await ollama.version()).version).toMatch(/^\d+\.\d+\.\d+$/);
    const { models } = await ollama.list();
    const demo = models.find(({ name }) => name === "alpaca.demo:latest");
    expect(demo).toMatchObject({
      model: "alpaca.demo:latest",
      size: 7351104,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      // As the file says, whatever the model is called here.
      details: {
        format: "gguf",
        family: "llama",
        families: ["llama"],
        parameter_size: "6.82M",
        quantization_level: "Q8_0",
      },
    });
    expect(new Date(demo?.modified_at ?? "").getTime()).toBeGreaterThan(0);
    await ollama.generate({ model, prompt: "", stream: false });
    const running = (await ollama.ps()).models.find(({ name }) => name === "alpaca.demo:latest");
    expect(running?.details).toEqual(demo?.details);
  });

  it("shows a model by either of its names, with what its file says", async () => {
    for (const name of [model, `${model}:latest`]) {
      const shown = await ollama.show({ model: name });
      expect(shown).toMatchObject({ license: "MIT", capabilities: ["completion", "embedding"] });
      expect(shown.parameters.split("\n")).toEqual(
        expect.arrayContaining(["temperature 0.5", "top_p 0.95", "repeat_penalty 1", "num_predict 300"]),
      );
      const info = (key: string): unknown => Reflect.get(shown.model_info, key);
      expect(info("general.architecture")).toBe("llama");
      expect(info("llama.context_length")).toBe(512);
      expect(info("tokenizer.ggml.tokens")).toBeNull();
      expect(info("general.parameter_count")).toBeGreaterThan(6.8e6);
      expect(shown.details).toMatchObject({ family: "llama", families: ["llama"], quantization_level: "Q8_0" });
    }
    const tagged = await ollama.show({ model: "test.tagged" });
    expect(tagged.capabilities).toContain("tools");
    expect(tagged.template).toBe(taggedTemplate);
    const verbose = (await (await post("/show", { name: model, verbose: true })).json()) as { model_info: object };
    expect(Reflect.get(verbose.model_info, "tokenizer.ggml.tokens")).toHaveLength(4096);
    await expect(ollama.show({ model: "nope" })).rejects.toMatchObject({ status_code: 404 });
  });
});

describe("generate", () => {
  it("streams what it answers whole, with durations in nanoseconds", async () => {
    const options = { seed: 7, temperature: 0.8, num_predict: 30 };
    const whole = await ollama.generate({ model, prompt: story, options, stream: false });
    expect(whole).toMatchObject({ model: "alpaca.demo:latest", done: true, done_reason: "length", eval_count: 30 });
    expect(whole.total_duration).toBeGreaterThan(whole.eval_duration);
    expect(whole.eval_duration).toBeGreaterThan(1e6);
    expect(whole.prompt_eval_count).toBeGreaterThan(10);
    let text = "";
    let last: object = {};
    for await (const piece of await ollama.generate({ model, prompt: story, options, stream: true })) {
      text += piece.response;
      last = piece;
    }
    expect(text).toBe(whole.response);
    expect(last).toMatchObject({ done: true, response: "", done_reason: "length", eval_count: 30 });
  });

  it("streams unless told otherwise, one line of JSON each", async () => {
    const response = await post("/generate", { model, prompt: story, options: { num_predict: 3 } });
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = (await response.text()).trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ model: "alpaca.demo:latest" });
  });

  it("puts the prompt into the model's format, with a system text, or takes it raw", async () => {
    const count = async (extra: object) =>
      (await ollama.generate({ model, prompt: story, stream: false, options: { num_predict: 1 }, ...extra }))
        .prompt_eval_count;
    const [framed, system, raw] = [
      await count({}),
      await count({ system: "You are a pirate who likes cats." }),
      await count({ raw: true }),
    ];
    expect(raw).toBeLessThan(framed);
    expect(system).not.toBe(framed);
    const promptTokens = await cria.server.generations.count(model, (counter) => counter.countTokens({ text: story }));
    expect(raw).toBe(promptTokens);
  });

  it("loads for an empty prompt, and unloads for keep_alive 0", async () => {
    expect(await ollama.generate({ model, prompt: "", stream: false })).toMatchObject({
      done: true,
      done_reason: "load",
    });
    expect(cria.server.pool.state(model).state).toBe("ready");
    const gone = await ollama.generate({ model, prompt: "", stream: false, keep_alive: 0 });
    expect(gone).toMatchObject({ done: true, done_reason: "unload" });
    expect(cria.server.pool.state(model).state).toBe("unloaded");
    await ollama.generate({ model, prompt: "Hi", stream: false, keep_alive: "5m", options: { num_predict: 1 } });
    expect(cria.server.pool.state(model).state).toBe("ready");
  });

  it("keeps the model for keep_alive, and tells until when", async () => {
    const minutesLeft = async () => {
      const running = (await ollama.ps()).models.find(({ name }) => name === "alpaca.demo:latest");
      return (new Date(running?.expires_at ?? "").getTime() - Date.now()) / 60_000;
    };
    const some = { model, prompt: "Hi", stream: false, options: { num_predict: 1 } } as const;
    const chat = { model, messages: [{ role: "user", content: "Hi" }], options: { num_predict: 1 } };
    await ollama.generate({ ...some, keep_alive: "90m" });
    expect(await minutesLeft()).toBeCloseTo(90, 0);
    // It is the model's until a request says something else.
    await ollama.generate(some);
    expect(await minutesLeft()).toBeCloseTo(90, 0);
    await ollama.chat({ ...chat, keep_alive: 1200 });
    expect(await minutesLeft()).toBeCloseTo(20, 0);
    await ollama.generate({ model, prompt: "", stream: false, keep_alive: -1 });
    expect(await minutesLeft()).toBeGreaterThan(100 * 365 * 24 * 60);
    await ollama.embed({ model, input: "A dog", keep_alive: "2h" });
    expect(await minutesLeft()).toBeCloseTo(120, 0);
    await ollama.embeddings({ model, prompt: "A dog", keep_alive: "1h" });
    expect(await minutesLeft()).toBeCloseTo(60, 0);
    for await (const _piece of await ollama.chat({ ...chat, stream: true, keep_alive: "1s" }));
    await expect.poll(() => cria.server.pool.state(model).state, { timeout: 10_000 }).toBe("unloaded");
    await ollama.embed({ model, input: "A dog", keep_alive: 0 });
    expect(cria.server.pool.state(model).state).toBe("unloaded");
  });

  it("does what keep_alive says after a request that was refused, too", async () => {
    const tooLong = "A dog. ".repeat(2000);
    await expect(ollama.embed({ model, input: tooLong, truncate: false, keep_alive: 0 })).rejects.toThrow();
    expect(cria.server.pool.state(model).state).toBe("unloaded");
    await expect(ollama.embed({ model, input: "A dog", dimensions: 7, keep_alive: 0 })).rejects.toThrow();
    expect(cria.server.pool.state(model).state).toBe("unloaded");
  });

  it("writes JSON, of a schema too", async () => {
    const any = await ollama.generate({
      model,
      prompt: story,
      format: "json",
      stream: false,
      options: { num_predict: 20 },
    });
    expect(JSON.parse(any.response ?? "")).toBeTypeOf("object");
    const format = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] };
    const { response } = await ollama.generate({ model, prompt: story, format, stream: false });
    expect(JSON.parse(response ?? "")).toEqual({ ok: expect.any(Boolean) });
  });

  it("maps options, and passes over what it does not know", async () => {
    const options = {
      temperature: 0,
      top_k: 10,
      top_p: 0.9,
      min_p: 0.01,
      repeat_penalty: 1.1,
      repeat_last_n: -1,
      presence_penalty: 0.1,
      frequency_penalty: 0.1,
      num_predict: -1,
      num_ctx: 4096,
      num_thread: 3,
      mirostat: 0,
      stop: ["."],
    };
    const { response, done_reason: reason } = await ollama.generate({ model, prompt: story, options, stream: false });
    expect(response).not.toContain(".");
    expect(reason).toBe("stop");
  });

  it("takes num_predict 0 and below for no limit of its own, as Ollama does", async () => {
    const ends = async (limit: number) => {
      const options = { num_predict: limit, temperature: 0, stop: ["."] };
      const { response, done_reason: reason } = await ollama.generate({ model, prompt: story, options, stream: false });
      return { response, reason };
    };
    const unlimited = await ends(-1);
    expect(unlimited).toMatchObject({ response: expect.stringMatching(/\w/), reason: "stop" });
    for (const limit of [0, -2, -5]) expect(await ends(limit)).toEqual(unlimited);
  });

  it("reports log probabilities", async () => {
    const { logprobs } = await ollama.generate({
      model,
      prompt: story,
      stream: false,
      logprobs: true,
      top_logprobs: 2,
      options: { num_predict: 4, temperature: 0 },
    });
    expect(logprobs).toHaveLength(4);
    expect(logprobs?.[0]?.top_logprobs).toHaveLength(2);
  });
});

describe("chat", () => {
  it("remembers what was said and streams what it answers whole", async () => {
    const messages = [
      { role: "system", content: "Answer briefly." },
      { role: "user", content: "What is a llama?" },
      { role: "assistant", content: "An animal." },
      { role: "user", content: "Where does it live?" },
    ];
    const options = { seed: 3, num_predict: 20 };
    const whole = await ollama.chat({ model, messages, options });
    expect(whole.message.role).toBe("assistant");
    expect(whole).toMatchObject({ done: true, eval_count: expect.any(Number) });
    let text = "";
    for await (const piece of await ollama.chat({ model, messages, options, stream: true }))
      text += piece.message.content;
    expect(text).toBe(whole.message.content);
    const one = await ollama.chat({ model, messages: messages.slice(0, 2), options });
    expect(one.prompt_eval_count).toBeLessThan(whole.prompt_eval_count);
  });

  it("has tools called, where the model can", async () => {
    const tools = [
      {
        type: "function",
        function: { name: "get_weather", description: "d", parameters: { type: "object", properties: {} } },
      },
    ];
    const messages = [
      { role: "user", content: "Weather?" },
      {
        role: "assistant",
        content: "",
        tool_calls: [{ function: { name: "get_weather", arguments: { city: "Lima" } } }],
      },
      { role: "tool", content: "18 degrees", tool_name: "get_weather" },
    ];
    const answer = await ollama.chat({ model: "test.tagged", messages, tools, options: { num_predict: 3 } });
    expect(answer.message.content).toBeTypeOf("string");
    await expect(ollama.chat({ model, messages, tools })).rejects.toMatchObject({ status_code: 400 });
  });

  it("loads for a chat without messages", async () => {
    expect(await ollama.chat({ model, messages: [] })).toMatchObject({ done: true, done_reason: "load" });
  });
});

describe("embeddings", () => {
  it("come for one text and for several, in both forms", async () => {
    const { embeddings, prompt_eval_count: count } = await ollama.embed({ model, input: ["A dog", "A cat"] });
    expect(embeddings).toHaveLength(2);
    expect(Math.hypot(...(embeddings[0] ?? []))).toBeCloseTo(1, 5);
    expect(count).toBeGreaterThan(3);
    const { embedding } = await ollama.embeddings({ model, prompt: "A dog" });
    for (const [index, value] of embedding.entries()) expect(value).toBeCloseTo(embeddings[0]?.[index] ?? 0, 4);
    const long = "long ".repeat(2000);
    expect((await ollama.embed({ model, input: long })).embeddings).toHaveLength(1);
    await expect(ollama.embed({ model, input: long, truncate: false })).rejects.toMatchObject({ status_code: 400 });
  });
});

describe("requests that are refused", () => {
  it("say why, in Ollama's shape and with the right status", async () => {
    expect(await refusal("/generate", { model: "nope", prompt: "a" })).toMatchObject({ status: 404 });
    expect(await refusal("/generate", { prompt: "a" })).toMatchObject({ status: 400 });
    expect((await refusal("/generate", { model, prompt: 3 })).error).toContain("prompt");
    expect((await refusal("/generate", { model, prompt: "a", options: { temperature: 99 } })).error).toContain(
      "options.temperature",
    );
    expect((await refusal("/generate", { model, prompt: "a", suffix: "b" })).error).toContain("gaps");
    expect((await refusal("/generate", { model, prompt: "a", images: ["AA=="] })).error).toContain("no images");
    expect((await refusal("/generate", { model, prompt: "a", context: [1, 2] })).error).toContain("/api/chat");
    expect((await refusal("/generate", { model, prompt: "a", think: true })).error).toContain("think");
    expect((await refusal("/generate", { model, prompt: "a", format: { not: {} } })).error).toContain("JSON schema");
    for (const [path, rest] of [
      ["/generate", { prompt: "a" }],
      ["/chat", { messages: [] }],
      ["/embed", { input: "a" }],
    ] as const)
      for (const wrong of ["5", "soon", "-1", true])
        expect(await refusal(path, { model, ...rest, keep_alive: wrong })).toEqual({
          status: 400,
          error: expect.stringContaining('"keep_alive" is wrong'),
        });
    expect((await refusal("/generate", { model, prompt: "", keep_alive: "5" })).error).toContain('such as "5m"');
    expect((await refusal("/chat", { model, messages: [{ role: "king", content: "a" }] })).error).toContain("role");
    expect((await refusal("/generate", { model, prompt: "long ".repeat(2000) })).error).toContain("512");
    expect(await refusal("/pull", { model: "llama3" })).toEqual({
      status: 501,
      error: expect.stringContaining("POST /api/pull of Ollama's"),
    });
    expect((await refusal("/delete", { model })).error).toContain("cria remove");
  });

  it("are JSON only", async () => {
    const response = await fetch(`${cria.url}/api/generate`, { method: "POST", body: "{}" });
    expect(response.status).toBe(403);
    const compressed = await fetch(`${cria.url}/api/generate`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: "{}",
    });
    expect(compressed.status).toBe(415);
    expect(await compressed.json()).toMatchObject({ error: expect.stringContaining("compressed") });
  });
});

describe("a client that goes away", () => {
  it("stops its generation", async () => {
    const started: Generation[] = [];
    const writing = new Promise<void>((resolve) => {
      const end = cria.server.generations.onStart((generation) => {
        started.push(generation);
        followGeneration(generation, ({ type }) => {
          if (type !== "text") return;
          end();
          resolve();
        });
      });
    });
    const stream = await ollama.generate({
      model: randomModelId,
      prompt: "a",
      raw: true,
      stream: true,
      options: { num_predict: -1 },
    });
    await writing;
    stream.abort();
    for (const generation of started)
      await expect(collectGeneration(generation)).rejects.toMatchObject({ code: "generation_stopped" });
  });
});
