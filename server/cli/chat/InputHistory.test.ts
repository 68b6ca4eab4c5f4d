import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { temporaryHome } from "../../test/TestServer.js";
import { InputHistory } from "./InputHistory.js";

let home: Awaited<ReturnType<typeof temporaryHome>>;
let path: string;
beforeEach(async () => {
  home = await temporaryHome();
  path = join(home.path, "chat-history");
});
afterEach(() => home.remove());

it("is there again the next time, newest first, for its owner only", async () => {
  const history = await InputHistory.open(path);
  for (const text of ["one", "two\nlines", "two\nlines", "  ", "three"]) await history.add(text);
  expect((await InputHistory.open(path)).entries).toEqual(["three", "two\nlines", "one"]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it("keeps a thousand entries, and makes the file short again when it has grown", async () => {
  await writeFile(path, Array.from({ length: 2500 }, (_, index) => `"${index}"\n`).join(""));
  const { entries } = await InputHistory.open(path);
  expect([entries.length, entries[0], entries.at(-1)]).toEqual([1000, "2499", "1500"]);
  expect((await readFile(path, "utf8")).split("\n")).toHaveLength(1001);
});

it("leaves damaged lines out, and does without a file that cannot be had", async () => {
  await writeFile(path, '"good"\n{"x":\n17\n"half');
  expect((await InputHistory.open(path)).entries).toEqual(["good"]);
  const nowhere = await InputHistory.open(join(home.path, "missing", "history"));
  await nowhere.add("still");
  expect(nowhere.entries).toEqual(["still"]);
});
