import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ParkableSequence, ParkedStates } from "./ParkedStates.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-parked-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const tokens = Array.from({ length: 200 }, (_, index) => index);
const content = { tokens, owner: "local", conversationId: undefined, temporary: false };
const sequence: ParkableSequence = {
  saveStateToFile: (path) => writeFile(path, Buffer.alloc(1000, 7)),
  loadStateFromFile: () => Promise.resolve(),
  clearHistory: () => Promise.resolve(),
};

it("parks nothing on a disk that is almost full, and leaves nothing half written there", async () => {
  const parked = await ParkedStates.open(folder, 1e9, Number.MAX_SAFE_INTEGER);
  await parked.park(sequence, content);
  expect(await readdir(folder)).toEqual([]);
  expect(parked.holds(tokens, "local")).toBe(false);
});

it("parks where there is room", async () => {
  const parked = await ParkedStates.open(folder, 1e9, 0);
  await parked.park(sequence, content);
  expect(parked.holds(tokens, "local")).toBe(true);
  expect(await parked.restore(sequence, tokens, "local")).toBe(true);
});
