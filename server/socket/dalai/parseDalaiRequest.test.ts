import { describe, expect, it } from "vitest";
import { samplingSchema } from "../../protocol/sampling.js";
import { parseDalaiRequest } from "./parseDalaiRequest.js";

describe("a request's fields", () => {
  it("[DA9] get the defaults of the engine that Dalai ran for the family", () => {
    const { sampling } = parseDalaiRequest({ prompt: "x" });
    const penalties = { presencePenalty: 0, frequencyPenalty: 0, dryMultiplier: 0, xtcProbability: 0 };
    const off = { minP: 0, ...penalties, logitBias: [], stop: [], ignoreEos: false };
    const common = { topK: 40, topP: 0.95, repeatLastTokens: 64, maxTokens: 128, ...off };
    expect(sampling("llama")).toEqual({ ...common, temperature: 0.8, repeatPenalty: 1.1 });
    expect(sampling("alpaca")).toEqual({ ...common, temperature: 0.1, repeatPenalty: 1.3 });
  });

  it("[DA9] may be numbers or text; the empty text and a numeric 0 mean the default, the text 0 means 0", () => {
    const read = (fields: object) => parseDalaiRequest({ prompt: "x", ...fields }).sampling("llama");
    expect(read({ temp: "0.5", top_k: "7", top_p: 0.3, repeat_last_n: "9", repeat_penalty: "1.5" })).toMatchObject({
      temperature: 0.5,
      topK: 7,
      topP: 0.3,
      repeatLastTokens: 9,
      repeatPenalty: 1.5,
    });
    expect(read({ temp: "", top_k: " ", n_predict: "" })).toMatchObject({ temperature: 0.8, topK: 40, maxTokens: 128 });
    expect(read({ temp: 0, n_predict: 0 })).toMatchObject({ temperature: 0.8, maxTokens: 128 });
    expect(read({ temp: "0", top_k: "0" })).toMatchObject({ temperature: 0, topK: 0 });
  });

  it("[DA9] take a seed of 0 as text only, and draw one for a negative or missing seed", () => {
    const seed = (value: unknown) => parseDalaiRequest({ prompt: "x", seed: value }).sampling("llama").seed;
    expect(["0", 0, -1, "-1", "", undefined, 42, "42"].map(seed)).toEqual([
      0,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      42,
      42,
    ]);
  });

  it("[DA9] are moved into the limits, and a negative n_predict goes on to the end", () => {
    const extreme = { temp: 1e9, top_k: -5, top_p: "7", repeat_penalty: "-2", repeat_last_n: 1e12, seed: 1e30 };
    const sampling = parseDalaiRequest({ prompt: "x", ...extreme, n_predict: -1 }).sampling("llama");
    expect(samplingSchema.parse(sampling)).toEqual(sampling);
    expect(sampling).toMatchObject({ temperature: 5, topK: 0, topP: 1, maxTokens: 1_000_000, seed: 0xffff_ffff });
  });

  it("[DA3] come back as they were, with `models` an array without doubles", () => {
    const request = { "": "llama.7B", id: null, prompt: "x", models: ["a.1", "b.2", "a.1"], url: "ws://x" };
    expect(parseDalaiRequest(request).echo).toEqual({ ...request, models: ["a.1", "b.2"] });
    expect(parseDalaiRequest({ prompt: "x" }).echo).toEqual({ prompt: "x", models: [] });
  });

  it("[DA12] read flags as booleans and as words", () => {
    const flags = (debug: unknown) => parseDalaiRequest({ prompt: "x", debug }).debug;
    expect([true, "true", "on", 1, false, "false", "", 0, undefined, null].map(flags)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("a payload that is no request", () => {
  it("[DA1] is read as an empty one, whatever it is", () => {
    for (const payload of [
      undefined,
      null,
      5,
      "hello",
      true,
      [],
      [1],
      Buffer.from("x"),
      new Uint8Array(2),
      Number.NaN,
    ]) {
      const request = parseDalaiRequest(payload);
      expect(request).toMatchObject({ echo: { models: [] }, installed: false, prompt: "", model: undefined });
      expect(Object.keys(request.echo)).toEqual(["models"]);
    }
  });

  it("[DA1] cannot bring a field of the wrong sort to any effect", () => {
    const wrong: unknown[] = [null, {}, [], [["x"]], true, Number.NaN, "x", "1; touch x", "$(ls)", { toString: 1 }];
    for (const value of wrong) {
      const fields = ["prompt", "model", "models", "method", "seed", "n_predict", "temp", "top_k", "top_p"];
      const more = ["repeat_last_n", "repeat_penalty", "threads", "batch_size", "interactive", "html", "skip_end"];
      const request = parseDalaiRequest(Object.fromEntries([...fields, ...more].map((name) => [name, value])));
      const sampling = request.sampling("llama");
      expect(samplingSchema.parse(sampling)).toEqual(sampling);
      expect(request.models.every((name) => typeof name === "string")).toBe(true);
    }
    const polluting = parseDalaiRequest(
      JSON.parse('{"prompt":"x","__proto__":{"installed":true,"method":"installed"}}'),
    );
    expect(polluting.installed).toBe(false);
  });
});
