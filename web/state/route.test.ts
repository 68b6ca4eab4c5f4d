import { expect, it } from "vitest";
import { chatOfPath, pathOfChat } from "./route.js";

it("finds the chat of an address, and the address of a chat", () => {
  for (const id of ["abc", "a/b?c#d", "ö %"]) expect(chatOfPath(pathOfChat(id))).toBe(id);
  expect(pathOfChat(undefined)).toBe("/");
});

it("takes every other address for a new chat", () => {
  for (const path of ["/", "/c/", "/c/a/b", "/x/a", "/c/%E0%A4%A"]) expect(chatOfPath(path)).toBeUndefined();
});
