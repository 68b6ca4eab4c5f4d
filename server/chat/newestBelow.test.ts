import { expect, it } from "vitest";
import { newestBelow } from "./newestBelow.js";

it("goes down by the newest of each", () => {
  const messages = [
    { id: "a" },
    { id: "b", parentId: "a" },
    { id: "c", parentId: "a" },
    { id: "d", parentId: "b" },
    { id: "e", parentId: "c" },
    { id: "f", parentId: "c" },
  ];
  expect(newestBelow(messages, "a")).toBe("f");
  expect(newestBelow(messages, "b")).toBe("d");
  expect(newestBelow(messages, "f")).toBe("f");
  expect(() => newestBelow(messages, "g")).toThrowError(expect.objectContaining({ code: "message_not_found" }));
});

it("[T10] gets to the end of a conversation as long as an import may bring", () => {
  const messages = Array.from({ length: 100_000 }, (_, at) => ({
    id: `m${at}`,
    ...(at === 0 ? {} : { parentId: `m${at - 1}` }),
  }));
  // Looked for one by one, the children of all would take minutes.
  expect(newestBelow(messages, "m0")).toBe("m99999");
});
