import { expect, it } from "vitest";
import { testConversation } from "../state/testMessage.js";
import { groupByDay } from "./groupByDay.js";

it("groups by the reader's own days", () => {
  const nowMs = new Date(2026, 10, 23, 12).getTime();
  const at = (...date: [number, number, number, number]) =>
    testConversation(String(date), { updatedAtMs: new Date(...date).getTime() });
  const groups = groupByDay(
    [
      at(2026, 10, 23, 11),
      at(2026, 10, 23, 0),
      at(2026, 10, 22, 23),
      at(2026, 10, 17, 0),
      at(2026, 9, 3, 0),
      at(2026, 9, 1, 0),
    ],
    nowMs,
  );
  expect(groups.map(({ name, conversations }) => [name, conversations.length])).toEqual([
    ["Today", 2],
    ["Yesterday", 1],
    ["Last 7 days", 1],
    ["October 2026", 2],
  ]);
});

it("puts pinned ones first, once", () => {
  const nowMs = new Date(2026, 10, 23, 12).getTime();
  const groups = groupByDay(
    [testConversation("new", { updatedAtMs: nowMs }), testConversation("old", { updatedAtMs: 0, pinned: true })],
    nowMs,
  );
  expect(groups.map(({ name, conversations }) => [name, conversations.map(({ id }) => id)])).toEqual([
    ["Pinned", ["old"]],
    ["Today", ["new"]],
  ]);
});
