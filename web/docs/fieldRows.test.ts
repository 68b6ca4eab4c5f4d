import { expect, it } from "vitest";
import { fieldRows } from "./fieldRows.js";

it("lists fields with what they hold, inside lists and variants too", () => {
  const rows = fieldRows({
    required: ["messages"],
    properties: {
      messages: {
        type: "array",
        minItems: 1,
        maxItems: 2000,
        items: {
          oneOf: [
            {
              type: "object",
              properties: { role: { const: "user" }, content: { type: "string" } },
              required: ["role", "content"],
            },
            {
              type: "object",
              properties: { role: { const: "tool" }, id: { type: "string", maxLength: 9 } },
              required: ["role"],
            },
          ],
        },
      },
      temperature: { description: "Warmth", anyOf: [{ type: "number", minimum: 0, maximum: 5 }, { type: "null" }] },
      kind: { type: ["string", "null"], enum: ["a", "b"] },
      count: { type: "integer", minimum: 0, maximum: 9007199254740991 },
      ignored: {},
    },
  });
  expect(rows.map(({ name, type, required }) => [name, type, required])).toEqual([
    ["messages", "array of object, 1 to 2,000 items", true],
    ["messages[].role", '"user" or "tool"', true],
    ["messages[].content", "string", true],
    ["messages[].id", "string, at most 9 characters", false],
    ["temperature", "number, 0 to 5", false],
    ["kind", '"a" or "b"', false],
    ["count", "integer, at least 0", false],
  ]);
  expect(rows.find(({ name }) => name === "temperature")?.description).toBe("Warmth");
});

it("ends for a schema that holds itself", () => {
  const schema: Parameters<typeof fieldRows>[0] = { properties: {} };
  schema.properties = { inner: schema };
  expect(fieldRows(schema).length).toBeLessThan(10);
});
