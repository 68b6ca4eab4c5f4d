import { describe, expect, it } from "vitest";
import { shortcutOf } from "./shortcutOf.js";

const none = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, code: "" };
const nowhere = { writing: false, empty: false, onMessage: false };

describe("shortcutOf", () => {
  it.each([
    ["newChat", { key: "O", ctrlKey: true, shiftKey: true }],
    ["newChat", { key: "o", metaKey: true, shiftKey: true }],
    ["search", { key: "k", ctrlKey: true }],
    ["sidebar", { key: "b", metaKey: true }],
    ["model", { key: "M", ctrlKey: true, shiftKey: true }],
    ["settings", { key: ".", ctrlKey: true }],
    ["regenerate", { key: "R", ctrlKey: true, shiftKey: true }],
    ["deleteChat", { key: "Backspace", ctrlKey: true, shiftKey: true }],
    ["shortcuts", { key: "/", ctrlKey: true }],
    ["shortcuts", { key: "?", shiftKey: true }],
    ["composer", { key: "Escape", shiftKey: true }],
    ["continueReply", { key: "Enter", code: "Enter", altKey: true }],
    ["copyReply", { key: "ç", code: "KeyC", altKey: true }],
    ["copyCode", { key: "Ç", code: "KeyC", altKey: true, shiftKey: true }],
    ["nextMessage", { key: "ArrowDown", code: "ArrowDown", altKey: true }],
  ] as const)("is %s for %j", (id, key) => {
    expect(shortcutOf({ ...none, ...key }, nowhere)).toBe(id);
  });

  it.each([
    { key: "r", ctrlKey: true },
    { key: "c", ctrlKey: true },
    { key: "Enter" },
    { key: "ArrowLeft" },
    { key: "q", ctrlKey: true, altKey: true },
  ])("leaves %j alone", (key) => {
    expect(shortcutOf({ ...none, ...key }, nowhere)).toBeUndefined();
  });

  it("leaves Alt and an arrow to a text, and takes them where there is none", () => {
    const altUp = { ...none, key: "ArrowUp", code: "ArrowUp", altKey: true };
    expect(shortcutOf(altUp, { ...nowhere, writing: true })).toBeUndefined();
    expect(shortcutOf(altUp, { ...nowhere, writing: true, empty: true })).toBe("previousMessage");
  });

  it("leaves characters to what one writes in, and arrows to a message only", () => {
    expect(shortcutOf({ ...none, key: "?", shiftKey: true }, { ...nowhere, writing: true })).toBeUndefined();
    expect(shortcutOf({ ...none, key: "ArrowLeft" }, { ...nowhere, onMessage: true })).toBe("previousVersion");
  });
});
