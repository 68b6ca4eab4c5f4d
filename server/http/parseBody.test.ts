import { describe, expect, it } from "vitest";
import { AppError } from "../platform/AppError.js";
import { chatRequestSchema } from "./ollama/ollamaSchemas.js";
import { chatCompletionRequestSchema } from "./openai/chatCompletionSchema.js";
import { completionRequestSchema } from "./openai/completionSchema.js";
import { parseBody } from "./parseBody.js";

function complaint(schema: Parameters<typeof parseBody>[0], body: unknown): AppError {
  try {
    parseBody(schema, body, "See the docs.");
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(body)} was taken`);
}

const messages = [{ role: "user", content: "a" }];

describe("what is wrong with a chat completion", () => {
  it.each([
    [{ temperature: "warm" }, "temperature", "expected number, received string"],
    [{ temperature: Number.NaN }, "temperature", "received NaN"],
    [{ temperature: 9 }, "temperature", "<=5"],
    [{ top_k: 1.5 }, "top_k", "expected -1 or integer"],
    [{ top_k: -5 }, "top_k", ">=0"],
    [{ seed: 2 ** 53 }, "seed", "9007199254740991"],
    [{ stop: 3 }, "stop", "expected string or array"],
    [{ stop: [""] }, "stop.0", ">=1 characters"],
    [{ tool_choice: "x" }, "tool_choice", '"none" or "auto" or "required" or object'],
    [{ tool_choice: { type: "function", function: {} } }, "tool_choice.function.name", "is missing"],
    [{ logit_bias: { a: 1000 } }, "logit_bias.a", "<=100"],
    [{ messages: "hi" }, "messages", "expected array"],
    [{ messages: [{ role: "user" }] }, "messages.0.content", "is missing"],
    [{ messages: [{ role: "user", content: 3 }] }, "messages.0.content", "expected string or array"],
    [{ messages: [{ role: "user", content: [{ type: "text" }] }] }, "messages.0.content.0.text", "is missing"],
    [{ messages: [{ role: "king", content: "" }] }, "messages.0.role", "'system' | 'developer' | 'user'"],
    [{ messages: [{ role: "tool", content: "x" }] }, "messages.0.tool_call_id", "is missing"],
    [{ model: undefined }, "model", "is missing"],
  ])("%j", (extra, field, message) => {
    const error = complaint(chatCompletionRequestSchema, { model: "m", messages, ...extra });
    expect(error).toMatchObject({ code: "bad_request", field, hint: "See the docs." });
    expect(error.message).toContain(message);
  });

  it.each([
    [{ temprature: 1 }, "temprature"],
    [
      { response_format: { type: "json_schema", json_schema: { name: "a", schemas: {} } } },
      "response_format.json_schema.schemas",
    ],
    [JSON.parse('{"__proto__": {"stream": true}}'), "__proto__"],
  ])("%j is unknown", (extra, field) => {
    const error = complaint(
      chatCompletionRequestSchema,
      Object.assign(Object.create(null), { model: "m", messages }, extra),
    );
    expect(error).toMatchObject({ code: "unknown_parameter", field });
  });
});

it("names all that a prompt may be, and where a list goes wrong", () => {
  const prompt = (value: unknown) => complaint(completionRequestSchema, { model: "m", prompt: value });
  expect(prompt(3).message).toContain("expected string or array");
  expect(prompt(undefined).message).toBe('"prompt" is missing.');
  expect(prompt(["a", 3])).toMatchObject({ field: "prompt.1" });
  expect(prompt([-1])).toMatchObject({ field: "prompt.0" });
  expect(prompt([])).toMatchObject({ field: "prompt" });
});

it("passes over what it does not know where the schema does", () => {
  const parsed = parseBody(chatRequestSchema, { model: "m", unknown: 1, options: { mirostat: 2, temperature: 1 } }, "");
  expect(parsed).toEqual({ model: "m", options: { temperature: 1 } });
});

it("a body that is no object is refused, none at all is an empty one", () => {
  for (const body of [[], "x", 3])
    expect(complaint(completionRequestSchema, body).message).toContain("expected object");
  expect(complaint(completionRequestSchema, undefined).message).toContain("is missing");
});
