import { expect, it } from "vitest";
import { composerKey } from "./composerKey.js";

const enter = { key: "Enter", shiftKey: false, altKey: false, isComposing: false, touch: false };

it("sends with Enter alone", () => {
  expect(composerKey(enter)).toBe("send");
});

it.each([{ shiftKey: true }, { altKey: true }, { isComposing: true }, { touch: true }, { key: "a" }])(
  "writes when %o",
  (change) => {
    expect(composerKey({ ...enter, ...change })).toBe("write");
  },
);
