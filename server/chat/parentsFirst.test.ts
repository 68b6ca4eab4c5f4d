import { expect, it } from "vitest";
import { parentsFirst } from "./parentsFirst.js";
import type { ImportedMessage } from "./readImport.js";

const message = (id: string, parentId?: string): ImportedMessage => ({
  id,
  parentId,
  role: "user",
  text: "x",
  createdAtMs: 1,
  modelId: undefined,
});
const tied = (messages: readonly ImportedMessage[]) => messages.map(({ id, parentId }) => [id, parentId]);

it("puts every message after its parent, and makes a root of one that has none", () => {
  const messages = [message("d", "c"), message("c", "b"), message("b"), message("e", "gone"), message("f", "b")];
  expect(tied(parentsFirst(messages))).toEqual([
    ["b", undefined],
    ["c", "b"],
    ["d", "c"],
    ["e", undefined],
    ["f", "b"],
  ]);
});

it("cuts a circle", () => {
  expect(tied(parentsFirst([message("a", "b"), message("b", "a"), message("c", "c")]))).toEqual([
    ["b", undefined],
    ["a", "b"],
    ["c", undefined],
  ]);
});

it("[T10] turns round a conversation of any length", () => {
  const count = 400_000;
  const backwards = Array.from({ length: count }, (_, at) =>
    message(`m${count - at}`, at === count - 1 ? undefined : `m${count - at - 1}`),
  );
  const ordered = parentsFirst(backwards);
  expect([ordered.length, ordered[0]?.id, ordered.at(-1)?.id]).toEqual([count, "m1", `m${count}`]);
});
