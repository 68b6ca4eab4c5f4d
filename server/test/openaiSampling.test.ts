import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
const messages = [{ role: "user" as const, content: "Tell me a short story about a dog." }];

/** A chat completion with llama-server's extra fields. */
function ask(extra: object): Promise<OpenAI.Chat.ChatCompletion> {
  return client.chat.completions.create({ model, messages, stream: false, ...extra });
}

async function textOf(extra: object): Promise<string> {
  return (await ask(extra)).choices[0]?.message.content ?? "";
}

const refusal = (extra: object) => refusalOf(ask(extra));

describe("log probabilities", () => {
  it("come with every token, its bytes and the alternatives", async () => {
    const { choices, usage } = await ask({ logprobs: true, top_logprobs: 3, temperature: 0, max_tokens: 12 });
    const content = choices[0]?.logprobs?.content ?? [];
    expect(content).toHaveLength(usage?.completion_tokens ?? 0);
    expect(
      content
        .map(({ token }) => token)
        .join("")
        .trimStart(),
    ).toBe(choices[0]?.message.content?.trimStart());
    for (const entry of content) {
      expect(entry.logprob).toBeLessThanOrEqual(0);
      expect(new TextDecoder().decode(Uint8Array.from(entry.bytes ?? []))).toBe(entry.token);
      expect(entry.top_logprobs).toHaveLength(3);
      // Greedy: the one that was taken is the most probable one.
      expect(entry.top_logprobs[0]).toMatchObject({ token: entry.token, logprob: entry.logprob });
      const probabilities = entry.top_logprobs.map(({ logprob }) => Math.exp(logprob));
      expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
      expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(1.0001);
    }
  });

  it("are of what the sampling left to choose from: top_k 1 leaves one", async () => {
    const { choices } = await ask({ logprobs: true, top_logprobs: 5, top_k: 1, temperature: 0.7, max_tokens: 4 });
    for (const entry of choices[0]?.logprobs?.content ?? []) {
      expect(entry.logprob).toBeCloseTo(0, 5);
      expect(entry.top_logprobs).toHaveLength(1);
    }
  });

  it("do not change what is written, and stream piece by piece", async () => {
    const seed = 4;
    const plain = await textOf({ seed, max_tokens: 30 });
    expect(await textOf({ seed, max_tokens: 30, logprobs: true })).toBe(plain);
    const stream = await client.chat.completions.create({
      model,
      messages,
      seed,
      max_tokens: 30,
      logprobs: true,
      top_logprobs: 1,
      stream: true,
    });
    let text = "";
    const tokens: string[] = [];
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? "";
      for (const { token, top_logprobs: top } of choices[0]?.logprobs?.content ?? []) {
        tokens.push(token);
        expect(top).toHaveLength(1);
      }
    }
    expect(text).toBe(plain);
    expect(tokens).toHaveLength(30);
  });

  it("are refused for top_logprobs alone", async () => {
    expect(await refusal({ top_logprobs: 2 })).toMatchObject({ status: 400, param: "top_logprobs" });
    expect(await refusal({ logprobs: true, top_logprobs: 21 })).toMatchObject({ param: "top_logprobs" });
  });

  it("have the older shape in completions, with offsets into the text", async () => {
    const { choices } = await client.completions.create({ model, prompt: "One day", max_tokens: 6, logprobs: 2 });
    const { text, logprobs } = choices[0] ?? {};
    expect(logprobs?.tokens).toHaveLength(6);
    expect(logprobs?.tokens?.join("")).toBe(text);
    for (const [index, offset] of (logprobs?.text_offset ?? []).entries())
      expect(text?.slice(offset).startsWith(logprobs?.tokens?.[index] ?? "?")).toBe(true);
    expect(Object.keys(logprobs?.top_logprobs?.[0] ?? {})).toHaveLength(2);
    expect(logprobs?.token_logprobs?.every((value) => value <= 0)).toBe(true);
  });

  it("choose the best of several completions", async () => {
    const request = { model, prompt: "One day", max_tokens: 8, seed: 1, temperature: 1.5 };
    const all = await client.completions.create({ ...request, n: 4, logprobs: 0 });
    const means = all.choices.map(({ logprobs }) => {
      const values = logprobs?.token_logprobs ?? [];
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    });
    const best = all.choices[means.indexOf(Math.max(...means))]?.text;
    const one = await client.completions.create({ ...request, best_of: 4 });
    expect(one.choices).toHaveLength(1);
    expect(one.choices[0]).toMatchObject({ index: 0, text: best, logprobs: null });
    expect(one.usage?.completion_tokens).toBe(32);
    await expect(client.completions.create({ ...request, best_of: 1, n: 2 })).rejects.toMatchObject({
      param: "best_of",
    });
    await expect(client.completions.create({ ...request, best_of: 2, stream: true })).rejects.toMatchObject({
      param: "best_of",
    });
    await expect(client.completions.create({ ...request, echo: true, logprobs: 1 })).rejects.toMatchObject({
      code: "unsupported_parameter",
      param: "echo",
    });
    await expect(client.completions.create({ ...request, suffix: "end" })).rejects.toMatchObject({ param: "suffix" });
  });
});

describe("logit bias", () => {
  it("rules tokens out and forces them, by number and by text", async () => {
    const tokens = await client.completions.create({
      model,
      prompt: "One day",
      max_tokens: 1,
      temperature: 0,
      logprobs: 0,
    });
    const first = tokens.choices[0]?.text ?? "";
    const request = { model, prompt: "One day", max_tokens: 1, temperature: 0 };
    const other = await client.completions.create({ ...request, logit_bias: { [first]: -100 } });
    expect(other.choices[0]?.text).not.toBe(first);
    const forced = { model, messages, max_tokens: 3, temperature: 0.8, repeat_penalty: 1 };
    expect(await textOf({ ...forced, logit_bias: { 400: 100 } })).toBe(
      await textOf({ ...forced, logit_bias: [[400, 100]] }),
    );
    const { choices } = await ask({ ...forced, logit_bias: { 400: 100 }, logprobs: true });
    expect(new Set(choices[0]?.logprobs?.content?.map(({ token }) => token)).size).toBe(1);
    const banned = await ask({ ...forced, seed: 1, logit_bias: [[400, false]], logprobs: true });
    expect(banned.choices[0]?.logprobs?.content?.map(({ token }) => token)).not.toContain(
      choices[0]?.logprobs?.content?.[0]?.token,
    );
  });

  it("reaches the end token too, as OpenAI's clients expect", async () => {
    const whole = await ask({ temperature: 0 });
    expect(whole.choices[0]?.finish_reason).toBe("stop");
    const end = 2; // </s> of the demo model
    const longer = await ask({ temperature: 0, logit_bias: { [end]: -100 }, max_tokens: 300 });
    expect(longer.usage?.completion_tokens).toBeGreaterThan(whole.usage?.completion_tokens ?? 0);
    expect(await ask({ temperature: 0, logit_bias: { [end]: 100 } })).toMatchObject({
      usage: { completion_tokens: 0 },
    });
  });

  it("is refused when it is too strong, too long or names no token", async () => {
    expect(await refusal({ logit_bias: { 5: 101 } })).toMatchObject({ status: 400 });
    expect(await refusal({ logit_bias: { 99999999: 1 } })).toMatchObject({ status: 400, param: "logit_bias" });
    const many = Object.fromEntries(Array.from({ length: 1025 }, (_, index) => [index, 1]));
    expect(await refusal({ logit_bias: many })).toMatchObject({ status: 400 });
  });
});

describe("JSON", () => {
  const seeds = [1, 2, 3, 4, 5, 6];

  it("is always valid, also where the token limit cuts it off", async () => {
    for (const seed of seeds)
      for (const maxTokens of [1, 7, 40]) {
        const answer = await ask({
          seed,
          max_tokens: maxTokens,
          temperature: 1.5,
          response_format: { type: "json_object" },
        });
        const value: unknown = JSON.parse(answer.choices[0]?.message.content ?? "");
        expect(value).toBeTypeOf("object");
        if (answer.choices[0]?.finish_reason === "length") expect(answer.usage?.completion_tokens).toBe(maxTokens);
      }
  });

  it("follows a schema, whole or cut off, answered or streamed", async () => {
    const schema = {
      type: "object",
      properties: {
        name: { type: "string", maxLength: 20 },
        age: { type: "integer", minimum: 0, maximum: 20 },
        kind: { enum: ["dog", "cat"] },
        toys: { type: "array", items: { type: "string", maxLength: 8 }, minItems: 1, maxItems: 2 },
      },
      required: ["name", "age", "kind", "toys"],
      additionalProperties: false,
    };
    const format = { type: "json_schema" as const, json_schema: { name: "pet", strict: true, schema } };
    for (const seed of seeds) {
      const text = await textOf({ seed, max_tokens: seed % 2 === 0 ? 10 : 200, response_format: format });
      const pet = JSON.parse(text);
      expect(Object.keys(pet)).toEqual(schema.required);
      expect(pet.age).toBeGreaterThanOrEqual(0);
      expect(pet.age).toBeLessThanOrEqual(20);
      expect(["dog", "cat"]).toContain(pet.kind);
      expect([1, 2]).toContain(pet.toys.length);
    }
    const stream = await client.chat.completions.create({
      model,
      messages,
      max_tokens: 12,
      response_format: format,
      stream: true,
    });
    let streamed = "";
    for await (const { choices } of stream) streamed += choices[0]?.delta.content ?? "";
    expect(Object.keys(JSON.parse(streamed))).toEqual(schema.required);
  });

  it("takes llama-server's spellings", async () => {
    const schema = { type: "array", items: { type: "boolean" }, minItems: 2, maxItems: 2 };
    for (const extra of [
      { response_format: { type: "json_object", schema } },
      { response_format: { type: "json_schema", schema } },
      { json_schema: schema },
    ]) {
      const value: unknown = JSON.parse(await textOf({ ...extra, seed: 1 }));
      expect(value).toEqual([expect.any(Boolean), expect.any(Boolean)]);
    }
  });

  it("is refused for a schema that cannot be enforced, with its place, before anything is streamed", async () => {
    const bad = {
      type: "json_schema",
      json_schema: { name: "x", schema: { properties: { a: { uniqueItems: true } } } },
    };
    for (const stream of [true, false]) {
      const error = await refusal({ response_format: bad, stream });
      expect(error).toMatchObject({ status: 400, param: "response_format" });
      expect(error.message).toContain("/properties/a");
    }
    expect(await refusal({ response_format: { type: "json_schema" } })).toMatchObject({ status: 400 });
    expect(await refusal({ response_format: { type: "yaml" } })).toMatchObject({ param: "response_format.type" });
  });
});

describe("grammars", () => {
  it("are followed", async () => {
    for (const seed of [1, 2, 3])
      expect(await textOf({ seed, grammar: 'root ::= ("yes" | "no") "!" [0-9]{2}' })).toMatch(/^(yes|no)!\d\d$/);
  });

  it("are refused with line and column, or for what the engine cannot take", async () => {
    const error = await refusal({ grammar: 'root ::= "a' });
    expect(error).toMatchObject({ status: 400, param: "grammar" });
    expect(error.message).toContain("line 1");
    expect(await refusal({ grammar: "root ::= root" })).toMatchObject({ param: "grammar" });
    expect(await refusal({ grammar: 'root ::= (("a" | "b" "c"){100} | "d"){1000}' })).toMatchObject({
      param: "grammar",
    });
    expect(await refusal({ grammar: 'root ::= "a"', json_schema: {} })).toMatchObject({ param: "grammar" });
    // The worker lives on.
    expect(await textOf({ max_tokens: 3 })).not.toBe("");
  });

  it("that no token fits end their own reply alone", async () => {
    const long = { seed: 3, ignore_eos: true, max_tokens: 120 };
    const expected = await textOf(long);
    const beside = textOf(long);
    const impossible = [
      { grammar: 'root ::= "\\u0000"' },
      { grammar: 'root ::= "\\u0000"', logprobs: true },
      // The end comes when something has been written already.
      { grammar: 'root ::= "once" "\\u0000"', temperature: 0 },
    ];
    for (const extra of impossible) {
      const error = await refusal(extra);
      expect(error).toMatchObject({ status: 400, param: "grammar" });
      expect(error.message).toContain("no token");
    }
    expect(await beside).toBe(expected);
  });
});

describe("sampling", () => {
  it("gives the same text for the same seed, and others for others", async () => {
    const text = await textOf({ seed: 42, temperature: 1 });
    expect(await textOf({ seed: 42, temperature: 1 })).toBe(text);
    expect(await textOf({ seed: 43, temperature: 1 })).not.toBe(text);
  });

  it("ignores the end token up to the limit", async () => {
    const answer = await ask({ ignore_eos: true, max_tokens: 200, temperature: 0 });
    expect(answer).toMatchObject({ usage: { completion_tokens: 200 }, choices: [{ finish_reason: "length" }] });
  });

  it("DRY breaks a loop, and leaves alone what is short enough", async () => {
    // A token that is so probable that it comes again and again.
    const looping = { temperature: 0, repeat_penalty: 1, max_tokens: 40, logit_bias: { 400: 30 }, logprobs: true };
    const longestRun = async (extra: object) => {
      const { choices } = await ask({ ...looping, ...extra });
      let [run, longest, last] = [0, 0, ""];
      for (const { token } of choices[0]?.logprobs?.content ?? []) {
        run = token === last ? run + 1 : 1;
        longest = Math.max(longest, run);
        last = token;
      }
      return longest;
    };
    expect(await longestRun({})).toBe(40);
    const strong = { dry_multiplier: 5, dry_base: 4 };
    expect(await longestRun(strong)).toBeLessThan(8);
    expect(await longestRun({ ...strong, dry_allowed_length: 20 })).toBeGreaterThan(15);
    expect(await longestRun({ ...strong, dry_penalty_last_n: 0 })).toBe(40);
    expect(await longestRun({ ...strong, dry_penalty_last_n: 64 })).toBeLessThan(8);
  });

  it("XTC leaves out the top choices", async () => {
    const always = { seed: 1, temperature: 1, max_tokens: 30, xtc_probability: 1, xtc_threshold: 0.05 };
    expect(await textOf(always)).not.toBe(await textOf({ ...always, xtc_probability: 0 }));
    expect(await textOf({ ...always, xtc_threshold: 0.9 })).toBe(await textOf({ ...always, xtc_probability: 0 }));
  });
});
