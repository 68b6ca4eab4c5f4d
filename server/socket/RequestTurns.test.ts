import { expect, it } from "vitest";
import { RequestTurns } from "./RequestTurns.js";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it("[T22] begins a few requests in each turn of the event loop, in their order", async () => {
  const turns = new RequestTurns();
  const begun: number[] = [];
  for (let at = 0; at < 20; at++) expect(turns.take(() => begun.push(at))).toBe(true);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  await nextTurn();
  expect(begun.length).toBe(16);
  turns.take(() => begun.push(20));
  while (begun.length < 21) await nextTurn();
  expect(begun).toEqual([...begun].sort((a, b) => a - b));
  await nextTurn();
  await nextTurn();
  turns.take(() => begun.push(21));
  expect(begun.at(-1)).toBe(21);
});

it("[T10] takes no more than can wait, and nothing of a connection that is gone", async () => {
  const turns = new RequestTurns();
  let begun = 0;
  const begin = () => {
    begun++;
  };
  while (turns.take(begin));
  expect(begun).toBe(8);
  turns.close();
  expect(turns.take(begin)).toBe(true);
  await nextTurn();
  await nextTurn();
  expect(begun).toBe(8);
});
