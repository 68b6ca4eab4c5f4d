import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Timings } from "../http/openai/replyFigures.js";
import { openAiClient, refusalOf } from "./openAiClient.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
let client: OpenAI;
beforeAll(async () => {
  cria = await TestServer.start();
  client = openAiClient(cria.url);
});
afterAll(() => cria.close());

const model = "alpaca.demo";
const ask = (content: string) => [{ role: "user" as const, content }];
const story = ask("Tell me a short story about a dog.");

describe("models", () => {
  it("lists them, with llama-server's meta", async () => {
    const { data } = await client.models.list();
    expect(data).toContainEqual(
      expect.objectContaining({ id: model, object: "model", meta: expect.objectContaining({ n_ctx_train: 512 }) }),
    );
  });

  it("gives one by name, whatever its case, also under Ollama's tag", async () => {
    for (const name of [model, "ALPACA.demo", "alpaca.demo:latest"])
      expect((await client.models.retrieve(name)).id).toBe(model);
    expect(await refusalOf(client.models.retrieve("gpt-9"))).toMatchObject({ status: 404, code: "model_not_found" });
  });
});

describe("chat completions", () => {
  it("answers with exact token counts and llama-server's timings", async () => {
    const answer = await client.chat.completions.create({ model, messages: story, seed: 3 });
    expect(answer).toMatchObject({ object: "chat.completion", model, id: expect.stringMatching(/^chatcmpl-/) });
    expect(Math.abs(answer.created - Date.now() / 1000)).toBeLessThan(60);
    const [choice] = answer.choices;
    expect(choice?.message).toMatchObject({ role: "assistant", refusal: null });
    expect(choice?.message.content?.length).toBeGreaterThan(40);
    expect(choice?.finish_reason).toBe("stop");
    const promptTokens = await cria.server.generations.count(model, (counter) =>
      counter.countTokens({ turns: [{ role: "user", content: "Tell me a short story about a dog." }] }),
    );
    expect(answer.usage?.prompt_tokens).toBe(promptTokens);
    expect(answer.usage?.total_tokens).toBe(promptTokens + (answer.usage?.completion_tokens ?? 0));
    const timings: Timings = Reflect.get(answer, "timings");
    expect(timings.predicted_n).toBe(answer.usage?.completion_tokens);
    expect(timings.prompt_n + timings.cache_n).toBe(promptTokens);
    expect(timings.predicted_per_second).toBeGreaterThan(0);
  });

  it("streams the same text as it answers whole, for the same seed", async () => {
    const whole = await client.chat.completions.create({ model, messages: story, seed: 11 });
    const stream = await client.chat.completions.create({
      model,
      messages: story,
      seed: 11,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.Chat.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: whole.usage?.completion_tokens, prompt_tokens: whole.usage?.prompt_tokens },
    });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it("ends an event stream with [DONE]", async () => {
    const response = await post("/chat/completions", { model, messages: story, stream: true, max_tokens: 3 });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const body = await response.text();
    expect(body.endsWith("data: [DONE]\n\n")).toBe(true);
    for (const event of body.split("\n\n").filter((line) => line !== "")) expect(event).toMatch(/^data: /);
    expect(body).not.toContain('"usage"');
  });

  it("makes n choices, the first one as if it were alone", async () => {
    const alone = await client.chat.completions.create({ model, messages: story, seed: 5, max_tokens: 20 });
    const three = await client.chat.completions.create({ model, messages: story, seed: 5, max_tokens: 20, n: 3 });
    expect(three.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(three.choices[0]?.message.content).toBe(alone.choices[0]?.message.content);
    expect(new Set(three.choices.map(({ message }) => message.content)).size).toBeGreaterThan(1);
    expect(three.usage).toMatchObject({ prompt_tokens: alone.usage?.prompt_tokens, completion_tokens: 60 });
    const stream = await client.chat.completions.create({
      model,
      messages: story,
      seed: 5,
      max_tokens: 20,
      n: 3,
      stream: true,
    });
    const texts = ["", "", ""];
    for await (const chunk of stream) for (const { index, delta } of chunk.choices) texts[index] += delta.content ?? "";
    expect(texts).toEqual(three.choices.map(({ message }) => message.content));
  });

  it("stops at the token limit, under both of its names", async () => {
    for (const limit of [{ max_tokens: 4 }, { max_completion_tokens: 4 }]) {
      const answer = await client.chat.completions.create({ model, messages: story, ...limit });
      expect(answer.usage?.completion_tokens).toBe(4);
      expect(answer.choices[0]?.finish_reason).toBe("length");
    }
  });

  it("stops before a stop string, given alone or in a list", async () => {
    const { choices } = await client.chat.completions.create({ model, messages: story, temperature: 0 });
    const text = choices[0]?.message.content ?? "";
    const word = text.split(" ")[5] ?? "";
    for (const stop of [word, ["never there", word]]) {
      const cut = await client.chat.completions.create({ model, messages: story, temperature: 0, stop });
      expect(cut.choices[0]?.message.content).toBe(text.slice(0, text.indexOf(word)));
      expect(cut.choices[0]?.finish_reason).toBe("stop");
    }
  });

  it("takes a system message, a developer message and text in parts", async () => {
    const system = "You are a pirate.";
    const counts = await Promise.all(
      [
        [{ role: "system" as const, content: system }, ...ask("Hello there")],
        [{ role: "developer" as const, content: system }, ...ask("Hello there")],
        [
          { role: "system" as const, content: [{ type: "text" as const, text: system }] },
          {
            role: "user" as const,
            content: [
              { type: "text" as const, text: "Hello " },
              { type: "text" as const, text: "there" },
            ],
          },
        ],
      ].map(async (messages) => {
        const answer = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 8 });
        return [answer.usage?.prompt_tokens, answer.choices[0]?.message.content];
      }),
    );
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[2]).toEqual(counts[0]);
  });

  it("takes every sampling parameter, and null for any of them", async () => {
    const all = {
      temperature: 0.5,
      top_p: 0.9,
      presence_penalty: 0.5,
      frequency_penalty: -0.5,
      seed: 1,
      top_k: 20,
      min_p: 0.1,
      repeat_penalty: 1.2,
      repeat_last_n: 32,
      ignore_eos: true,
      cache_prompt: false,
    };
    const nulls = Object.fromEntries(Object.keys(all).map((name) => [name, null]));
    for (const sampling of [all, nulls, { top_k: -1, repeat_last_n: -1, seed: -1, max_tokens: -1, stop: "." }]) {
      const response = await post("/chat/completions", { model, messages: story, max_tokens: 5, ...sampling });
      expect(response.status).toBe(200);
    }
  });

  it("finds what it read before in the KV cache, unless it is told not to", async () => {
    const messages = ask("Write a poem about a very small house by the sea.");
    const again = async (extra: object) => {
      const answer = await client.chat.completions.create({ model, messages, max_tokens: 2, seed: 1, ...extra });
      return answer.usage?.prompt_tokens_details?.cached_tokens;
    };
    await again({});
    const { prompt_tokens: promptTokens } =
      (await client.chat.completions.create({ model, messages, max_tokens: 1 })).usage ?? {};
    expect(await again({})).toBe((promptTokens ?? 0) - 1);
    expect(await again({ cache_prompt: false })).toBe(0);
  });

  it("takes and ignores what only OpenAI's own service can act on", async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: story,
      max_tokens: 2,
      user: "u",
      metadata: { a: "b" },
      store: true,
      service_tier: "auto",
      prompt_cache_key: "k",
      safety_identifier: "s",
      reasoning_effort: "low",
      verbosity: "low",
    });
    expect(answer.usage?.completion_tokens).toBe(2);
  });
});

describe("completions", () => {
  it("continues a text as it stands", async () => {
    const answer = await client.completions.create({
      model,
      prompt: "One day, a little",
      max_tokens: 6,
      temperature: 0,
    });
    expect(answer).toMatchObject({ object: "text_completion", id: expect.stringMatching(/^cmpl-/) });
    expect(answer.choices[0]?.text).toMatch(/^ ?\w/);
    expect(answer.usage?.completion_tokens).toBe(6);
    expect(answer.choices[0]?.finish_reason).toBe("length");
  });

  it("takes several prompts and n, in order, counting each prompt once", async () => {
    const prompts = ["One day, a little", "The dog was"];
    const alone = await Promise.all(
      prompts.map((prompt) => client.completions.create({ model, prompt, max_tokens: 6, seed: 2 })),
    );
    const both = await client.completions.create({ model, prompt: prompts, max_tokens: 6, seed: 2, n: 2 });
    expect(both.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect([both.choices[0]?.text, both.choices[2]?.text]).toEqual(alone.map(({ choices }) => choices[0]?.text));
    expect(both.usage?.prompt_tokens).toBe(alone.reduce((sum, { usage }) => sum + (usage?.prompt_tokens ?? 0), 0));
    expect(both.usage?.completion_tokens).toBe(24);
  });

  it("takes the numbers of tokens", async () => {
    const answer = await client.completions.create({ model, prompt: [1, 300, 301], max_tokens: 3 });
    expect(answer.usage?.prompt_tokens).toBe(3);
    const two = await client.completions.create({
      model,
      prompt: [
        [1, 300],
        [1, 301, 302],
      ],
      max_tokens: 3,
    });
    expect(two.usage?.prompt_tokens).toBe(5);
    expect(await refusalOf(client.completions.create({ model, prompt: [1, 10_000_000] }))).toMatchObject({
      status: 400,
      param: "prompt",
    });
  });

  it("echoes the prompt, whole and streamed", async () => {
    const request = { model, prompt: "One day, a little", max_tokens: 4, temperature: 0 };
    const plain = await client.completions.create(request);
    const echoed = await client.completions.create({ ...request, echo: true });
    expect(echoed.choices[0]?.text).toBe(request.prompt + plain.choices[0]?.text);
    expect(echoed.usage?.completion_tokens).toBe(4);
    const stream = await client.completions.create({ ...request, echo: true, stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
    expect(text).toBe(echoed.choices[0]?.text);
  });
});

describe("embeddings", () => {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

  it("have the length 1, are the same for the same text, and count tokens exactly", async () => {
    const input = ["A dog ran home.", "A cat sat down.", "A dog ran home."];
    const { data, usage } = await client.embeddings.create({ model, input, encoding_format: "float" });
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
    const [a = [], b = [], c = []] = data.map(({ embedding }) => embedding);
    expect(dot(a, a)).toBeCloseTo(1, 5);
    expect(dot(a, c)).toBeCloseTo(1, 5);
    expect(dot(a, b)).toBeLessThan(0.999);
    const counts = await cria.server.generations.count(model, ({ countTokens }) =>
      Promise.all(input.map((text) => countTokens({ text }))),
    );
    expect(usage.prompt_tokens).toBe(counts.reduce((sum, promptTokens) => sum + promptTokens, 0));
  });

  it("come as base64 too, which the client asks for by itself, and take tokens", async () => {
    const float = await client.embeddings.create({ model, input: "A dog", encoding_format: "float" });
    const decoded = await client.embeddings.create({ model, input: "A dog" });
    for (const [index, value] of (decoded.data[0]?.embedding ?? []).entries())
      expect(value).toBeCloseTo(float.data[0]?.embedding[index] ?? 0, 5);
    const tokens = await client.embeddings.create({
      model,
      input: [
        [1, 300],
        [1, 301, 302],
      ],
    });
    expect(tokens.data).toHaveLength(2);
  });

  it("are refused for other dimensions, texts that are too long, and nothing", async () => {
    const create = (extra: object) => refusalOf(client.embeddings.create({ model, input: "a", ...extra }));
    expect(await create({ dimensions: 3 })).toMatchObject({ status: 400, param: "dimensions" });
    expect(await create({ input: "long ".repeat(1000) })).toMatchObject({ code: "context_length_exceeded" });
    expect(await create({ input: "" })).toMatchObject({ param: "input" });
    expect(await create({ input: [] })).toMatchObject({ param: "input" });
    expect(await create({ input: [10_000_000] })).toMatchObject({ param: "input" });
    const tooMany = await create({ input: Array.from({ length: 2049 }, () => "a") });
    expect([tooMany.param, tooMany.message]).toEqual(["input", expect.stringContaining("2048")]);
  });

  it("[T22] count as replies do: nobody has any number of them under way", async () => {
    const input = Array.from({ length: 200 }, () => "a dog and a cat");
    const requests = Array.from({ length: 300 }, () =>
      client.embeddings.create({ model, input }).then(
        () => 200,
        ({ status }) => status,
      ),
    );
    const statuses = await Promise.all(requests);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect((await client.embeddings.create({ model, input: "a" })).data).toHaveLength(1);
  });
});

function post(path: string, body: object): Promise<Response> {
  return fetch(`${cria.url}/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
