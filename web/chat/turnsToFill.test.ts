import { expect, it } from "vitest";
import type { Message } from "../../server/protocol/conversation.js";
import { turnsToFill } from "./turnsToFill.js";

function turn(...texts: string[]): Message[] {
  return texts.map((text, index) => ({
    id: `${index}`,
    conversationId: "c",
    role: index === 0 ? "user" : "assistant",
    text,
    status: "complete",
    createdAtMs: 0,
  }));
}
const short = turn("Hi", "Hello");

it("many short turns fill a window, few long ones do", () => {
  expect(
    turnsToFill(
      Array.from({ length: 50 }, () => short),
      800,
    ),
  ).toBe(5);
  expect(
    turnsToFill(
      Array.from({ length: 50 }, () => turn("Hi", "x".repeat(10_000))),
      600,
    ),
  ).toBe(1);
  expect(
    turnsToFill(
      Array.from({ length: 50 }, () => turn("Hi", "a\n".repeat(10))),
      600,
    ),
  ).toBe(2);
});

it("a chat that does not fill it is drawn whole, an empty one has nothing to draw", () => {
  expect(turnsToFill([short, short], 600)).toBe(2);
  expect(turnsToFill([], 600)).toBe(0);
  expect(turnsToFill([short, turn("")], 600)).toBe(2);
});
