import { expect, it } from "vitest";
import { placeBeside } from "./placeBeside.js";

const window = { width: 400, height: 600 };
const button = { left: 100, right: 140, top: 50, bottom: 80 };

it("opens below its button", () => {
  expect(placeBeside(button, { width: 200, height: 300 }, window, "left")).toMatchObject({ left: 100, top: 86 });
});

it("opens above when it does not fit below and there is more room", () => {
  const low = { ...button, top: 500, bottom: 530 };
  expect(placeBeside(low, { width: 200, height: 300 }, window, "left")).toMatchObject({ top: 194 });
});

it("stays in the window and scrolls inside when it is too high", () => {
  expect(placeBeside(button, { width: 380, height: 900 }, window, "left")).toEqual({
    left: 12,
    top: 86,
    maxHeight: 506,
  });
  expect(placeBeside(button, { width: 390, height: 10 }, window, "right").left).toBe(8);
});

it("lines up with the other edge", () => {
  expect(placeBeside({ ...button, left: 300, right: 340 }, { width: 200, height: 10 }, window, "right").left).toBe(140);
});
