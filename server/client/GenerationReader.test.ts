import { expect, it } from "vitest";
import type { GenerationEvent } from "../protocol/generation.js";
import { CriaError } from "./CriaError.js";
import { GenerationReader } from "./GenerationReader.js";

const text = (seq: number, piece: string): GenerationEvent => ({ seq, type: "text", text: piece, tokenCount: 1 });
const end = (seq: number): GenerationEvent => ({ seq, type: "end", stopReason: "end" });

/** A reader whose connection notes what is asked of it. */
async function reading() {
  const asked: number[] = [];
  const reader = new GenerationReader("g", {
    follow: (_, afterSeq) => {
      asked.push(afterSeq);
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  });
  await reader.follow();
  return { reader, asked };
}

it("[GL3] passes over what has come already and asks again from where an entry is missing", async () => {
  const { reader, asked } = await reading();
  reader.receive("g", [text(1, "a"), text(2, "b")]);
  reader.receive("g", [text(2, "b"), text(4, "d")]);
  await Promise.resolve();
  expect([reader.text, reader.seq]).toEqual(["ab", 2]);
  reader.receive("g", [text(3, "c"), text(4, "d"), end(5)]);
  expect((await reader.result).text).toBe("abcd");
  expect(asked).toEqual([0, 2]);
});

it("[GL3] takes a snapshot for the whole text up to its entry", async () => {
  const { reader } = await reading();
  reader.receive("g", [text(1, "a")]);
  reader.receive("g", [{ seq: 7, type: "snapshot", text: "abcdef", tokenCount: 6 }, text(8, "g"), end(9)]);
  const pieces: string[] = [];
  for await (const piece of reader) pieces.push(piece);
  expect(pieces.join("")).toBe("abcdefg");
});

it("leaves the entries of other generations alone", async () => {
  const { reader } = await reading();
  reader.receive("other", [text(1, "x"), end(2)]);
  expect([reader.text, reader.ended]).toEqual(["", false]);
});

it("throws the generation's error where it is read, with the text so far", async () => {
  const { reader } = await reading();
  const error = { code: "worker_died", message: "The process ended.", hint: "Try again." } as const;
  reader.receive("g", [text(1, "half a "), { seq: 2, type: "end", stopReason: "error", error }]);
  const pieces: string[] = [];
  const read = async () => {
    for await (const piece of reader) pieces.push(piece);
  };
  await expect(read()).rejects.toMatchObject({ ...error, text: "half a " });
  await expect(reader.result).rejects.toBeInstanceOf(CriaError);
  expect(pieces).toEqual(["half a "]);
});
