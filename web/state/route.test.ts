import { expect, it } from "vitest";
import { chatOfPath, pathOfChat, pathOfScreen, screenOfPath } from "./route.js";

it("finds the chat of an address, and the address of a chat", () => {
  for (const id of ["abc", "a/b?c#d", "ö %"]) expect(chatOfPath(pathOfChat(id))).toBe(id);
  expect(pathOfChat(undefined)).toBe("/");
});

it("knows the screens that are no chats", () => {
  expect(screenOfPath(pathOfScreen("models"))).toBe("models");
  for (const screen of ["completion", "compare", "server"] as const)
    expect(screenOfPath(pathOfScreen(screen))).toBe(screen);
  for (const path of ["/", "/c/models", "/models/x"]) expect(screenOfPath(path)).toBe("chat");
  expect(screenOfPath("/models/")).toBe("models");
});

it("takes every other address for a new chat", () => {
  for (const path of ["/", "/c/", "/c/a/b", "/x/a", "/c/%E0%A4%A"]) expect(chatOfPath(path)).toBeUndefined();
});
