import { describe, expect, it } from "vitest";
import { z } from "zod";
import { listOf, recordOf } from "./listOf.js";

const item = z.object({ id: z.string(), place: z.object({ x: z.int() }) });
const good = { id: "a", place: { x: 1 } };

describe("listOf", () => {
  const schema = z.object({ list: listOf(item, { min: 1, max: 3 }) });

  it("gives what its items are parsed to", () => {
    expect(schema.parse({ list: [{ ...good, more: 1 }, good] })).toEqual({ list: [good, good] });
  });

  it("[T10] tells of the first that is wrong, and of no other", () => {
    const { error } = schema.safeParse({ list: [good, { id: 5, place: {} }, {}] }, { reportInput: true });
    expect(error?.issues).toEqual([expect.objectContaining({ path: ["list", 1, "id"], expected: "string", input: 5 })]);
  });

  it("does not look at the items of a list that is too long or too short", () => {
    for (const list of [[], [1, 2, 3, 4]])
      expect(schema.safeParse({ list }).error?.issues).toEqual([expect.objectContaining({ path: ["list"] })]);
  });

  it("is described as any list", () => {
    const { $schema: _, ...described } = z.toJSONSchema(listOf(item, { min: 1, max: 3 }), { io: "input" });
    const { $schema: __, ...plain } = z.toJSONSchema(z.array(item).min(1).max(3), { io: "input" });
    expect(described).toEqual(plain);
  });
});

describe("recordOf", () => {
  const schema = z.object({ record: recordOf(item, { max: 2 }) });

  it("gives what its values are parsed to, by their names", () => {
    const record = { constructor: { ...good, more: 1 } };
    expect(schema.parse({ record }).record).toEqual(new Map([["constructor", good]]));
  });

  it("[T10] tells of the first that is wrong, and of too many", () => {
    const wrong = schema.safeParse({ record: { a: good, b: 1, c: {} } });
    expect(wrong.error?.issues).toEqual([expect.objectContaining({ path: ["record", "b"] })]);
    const many = schema.safeParse({ record: { a: good, b: good, c: good } });
    expect(many.error?.issues).toEqual([expect.objectContaining({ code: "too_big", path: ["record"] })]);
  });
});
