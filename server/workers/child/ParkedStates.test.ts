import { watch } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type ParkableSequence, ParkedStates, type ParkingDisk } from "./ParkedStates.js";

let folder: string;
const opened: ParkedStates[] = [];
const open: typeof ParkedStates.open = async (...where) => {
  const parked = await ParkedStates.open(...where);
  opened.push(parked);
  return parked;
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-parked-"));
});
afterEach(async () => {
  for (const parked of opened.splice(0)) await parked.settled();
  await rm(folder, { recursive: true, force: true });
});

const tokens = Array.from({ length: 200 }, (_, index) => index);
const content = { tokens, owner: "local", conversationId: undefined };
/** Five bytes for each of the 200 tokens. */
const stateBytes = 1000;
let writtenStates: number;
beforeEach(() => {
  writtenStates = 0;
  // So that of two that are parked in the same millisecond one is older.
  let nowMs = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => ++nowMs);
});
afterEach(() => vi.restoreAllMocks());
const sequence: ParkableSequence = {
  saveStateToFile: async (path) => {
    writtenStates++;
    await writeFile(path, Buffer.alloc(stateBytes, 7));
  },
  loadStateFromFile: () => Promise.resolve(),
  clearHistory: () => Promise.resolve(),
};

const atOnce = <Result>(work: () => Promise<Result>) => work();

/** A disk that has so many bytes besides what is to be left, and on which nothing is but the states. */
const smallDisk = (roomBytes: number): ParkingDisk => ({
  leftFreeBytes: 300,
  freeBytes: async () => {
    const states = (await readdir(folder)).filter((name) => !name.includes(".json"));
    return 300 + roomBytes - states.length * stateBytes;
  },
});
/** Another conversation of 200 tokens. */
const other = (first: number) => ({ ...content, tokens: tokens.map((token) => token + first) });
const held = (parked: ParkedStates, ...contents: (typeof content)[]) =>
  contents.map((each) => parked.holds(each.tokens, "local"));

it("writes nothing on a disk that is almost full", async () => {
  const parked = await open(folder, { maxBytes: 1e9 }, smallDisk(-1));
  await parked.park(sequence, content, atOnce);
  expect(await readdir(folder)).toEqual([]);
  expect(held(parked, content)).toEqual([false]);
  expect(writtenStates).toBe(0);
});

it("leaves nothing half written where the first one turns out too large, and writes no second one there", async () => {
  const parked = await open(folder, { maxBytes: 1e9 }, smallDisk(stateBytes - 1));
  for (let reply = 0; reply < 3; reply++) await parked.park(sequence, content, atOnce);
  expect(await readdir(folder)).toEqual([]);
  expect(held(parked, content)).toEqual([false]);
  expect(writtenStates).toBe(1);
});

it("gives up the longest unused ones where they fill the disk, before it writes, also after a restart", async () => {
  const disk = smallDisk(2.5 * stateBytes);
  let leastFreeBytes = Number.POSITIVE_INFINITY;
  const watched: ParkableSequence = {
    ...sequence,
    saveStateToFile: async (path) => {
      await sequence.saveStateToFile(path);
      leastFreeBytes = Math.min(leastFreeBytes, await disk.freeBytes(folder));
    },
  };
  const parked = await open(folder, { maxBytes: 1e9 }, disk);
  const [first, second, third, fourth] = [content, other(1000), other(2000), other(3000)] as const;
  for (const each of [first, second]) await parked.park(watched, each, atOnce);
  await parked.park(watched, third, atOnce);
  expect(held(parked, first, second, third)).toEqual([false, true, true]);
  await parked.settled();
  const reopened = await open(folder, { maxBytes: 1e9 }, disk);
  await reopened.park(watched, fourth, atOnce);
  expect(held(reopened, second, third, fourth)).toEqual([false, true, true]);
  expect(leastFreeBytes).toBeGreaterThanOrEqual(disk.leftFreeBytes);
});

it("gives up the longest unused one also after the clock was set back", async () => {
  const parked = await open(folder, { maxBytes: 2 * stateBytes });
  const [first, second, third] = [content, other(1000), other(2000)] as const;
  await parked.park(sequence, first, atOnce);
  await parked.settled();
  const before = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => before - 3_600_000);
  await parked.park(sequence, second, atOnce);
  await parked.park(sequence, third, atOnce);
  expect(held(parked, first, second, third)).toEqual([false, true, true]);
});

it("writes none that would be larger than all that may be kept, and gives up none for it", async () => {
  const parked = await open(folder, { maxBytes: 1.5 * stateBytes }, smallDisk(1e9));
  await parked.park(sequence, content, atOnce);
  // By what the first one took for each token it would have two times as many bytes.
  const large = { ...content, tokens: Array.from({ length: 400 }, (_, index) => 5000 + index) };
  await parked.park(sequence, large, atOnce);
  expect(held(parked, content, large)).toEqual([true, false]);
  expect(writtenStates).toBe(1);
});

it("writes one to see how large they are where none is known yet, and no second one that is too large", async () => {
  const parked = await open(folder, { maxBytes: stateBytes - 1 }, smallDisk(1e9));
  for (let reply = 0; reply < 3; reply++) await parked.park(sequence, content, atOnce);
  expect(await readdir(folder)).toEqual([]);
  expect(writtenStates).toBe(1);
});

it("gives up the longest unused ones where all together would be more than may be kept", async () => {
  const parked = await open(folder, { maxBytes: 2.5 * stateBytes }, smallDisk(1e9));
  const [first, second, third] = [content, other(1000), other(2000)] as const;
  for (const each of [first, second]) await parked.park(sequence, each, atOnce);
  expect(await parked.restore(sequence, first.tokens, "local", 1, atOnce)).toBe(true);
  await parked.park(sequence, third, atOnce);
  expect(held(parked, first, second, third)).toEqual([true, false, true]);
});

it("gives up first what the new one begins with", async () => {
  const parked = await open(folder, { maxBytes: 1e9 }, smallDisk(2.5 * stateBytes));
  for (const each of [other(1000), content]) await parked.park(sequence, each, atOnce);
  const longer = { ...content, tokens: [...tokens, 7] };
  await parked.park(sequence, longer, atOnce);
  expect(held(parked, other(1000), longer)).toEqual([true, true]);
});

it("gives up none where that would not make the room", async () => {
  const parked = await open(folder, { maxBytes: 1e9 }, smallDisk(2.5 * stateBytes));
  for (const each of [content, other(1000)]) await parked.park(sequence, each, atOnce);
  await parked.park(sequence, { ...content, tokens: Array.from({ length: 2000 }, (_, index) => 5000 + index) }, atOnce);
  expect(held(parked, content, other(1000))).toEqual([true, true]);
  expect(writtenStates).toBe(2);
});

it("parks where there is room", async () => {
  const parked = await open(folder, { maxBytes: 1e9 }, smallDisk(2 * stateBytes));
  await parked.park(sequence, content, atOnce);
  expect(held(parked, content)).toEqual([true]);
  expect(await parked.restore(sequence, tokens, "local", 1, atOnce)).toBe(true);
});

it("has others wait for the engine's own part only", async () => {
  const parked = await open(folder, { maxBytes: 1e9 });
  const held: string[] = [];
  let isHeld = false;
  const noting = (what: string) => held.push(`${what} ${isHeld ? "alone" : "beside others"}`);
  const watched: ParkableSequence = {
    saveStateToFile: async (path) => {
      noting("save");
      await writeFile(path, Buffer.alloc(stateBytes, 7));
    },
    clearHistory: async () => void noting("clear"),
    loadStateFromFile: async () => void noting("load"),
  };
  const exclusive = async <Result>(work: () => Promise<Result>) => {
    isHeld = true;
    const before = await readdir(folder);
    try {
      return await work();
    } finally {
      // Checking, naming and describing the file is nobody else's business.
      expect((await readdir(folder)).length - before.length).toBeLessThanOrEqual(1);
      isHeld = false;
    }
  };
  await parked.park(watched, content, exclusive);
  expect(await parked.restore(watched, tokens, "local", 1, exclusive)).toBe(true);
  expect(held).toEqual(["save alone", "clear alone", "load alone"]);
  expect((await readdir(folder)).map((name) => name.split(".").at(-1)).toSorted()).toEqual(["json", "state"]);
});

it("makes room for one after the other", async () => {
  const parked = await open(folder, { maxBytes: 2 * stateBytes + 500 });
  const [first, second, third] = [content, other(1000), other(2000)];
  await parked.park(sequence, first, atOnce);
  await Promise.all([second, third].map((each) => parked.park(sequence, each, atOnce)));
  // Two at once would each count on the room that the first one leaves.
  expect(held(parked, first, second, third)).toEqual([false, true, true]);
  expect(await parked.restore(sequence, third.tokens, "local", 1, atOnce)).toBe(true);
});

it("lets go of the sequence once it is saved; whoever wants the state back meanwhile gets it", async () => {
  const parked = await open(folder, { maxBytes: 1e9 });
  const wanted = [...tokens, 7];
  const saved = parked.park(sequence, content, atOnce);
  expect(parked.bestPrefix(wanted, "local")).toBe(tokens.length);
  expect(parked.bestPrefix(wanted, "another")).toBe(0);
  await saved;
  expect((await readdir(folder)).filter((name) => name.endsWith(".json"))).toEqual([]);
  expect(parked.bestPrefix(wanted, "local")).toBe(tokens.length);
  expect(await parked.restore(sequence, wanted, "local", tokens.length, atOnce)).toBe(true);
  expect(held(parked, content)).toEqual([true]);
});

it("settles when what was begun is there, also after a restart", async () => {
  const parked = await open(folder, { maxBytes: 1e9 });
  await parked.park(sequence, content, atOnce);
  await parked.park(sequence, other(1000), atOnce);
  await parked.settled();
  expect(held(await open(folder, { maxBytes: 1e9 }), content, other(1000))).toEqual([true, true]);
});

it("reads nothing back for somebody who counted on more than there turned out to be", async () => {
  const parked = await open(folder, { maxBytes: 1e9 });
  const loads = vi.fn(() => Promise.resolve());
  await parked.park(sequence, content, atOnce);
  const failing = { ...sequence, saveStateToFile: () => Promise.reject(new Error("The disk is full.")) };
  const longer = { ...content, tokens: [...tokens, 7, 8, 9] };
  const failed = parked.park(failing, longer, atOnce);
  expect(parked.bestPrefix(longer.tokens, "local")).toBe(longer.tokens.length);
  const restored = parked.restore({ ...sequence, loadStateFromFile: loads }, longer.tokens, "local", 202, atOnce);
  await expect(failed).rejects.toThrow("full");
  expect(await restored).toBe(false);
  expect(loads).not.toHaveBeenCalled();
  expect(held(parked, content, longer)).toEqual([true, false]);
});

it("forgets what is being put to disk, too", async () => {
  const parked = await open(folder, { maxBytes: 1e9 });
  await parked.park(sequence, { ...content, conversationId: "chat" }, atOnce);
  await parked.forget("chat");
  expect(await readdir(folder)).toEqual([]);
  expect(held(parked, content)).toEqual([false]);
});

it("readies memory for a large state before others have to wait, by the model's shape where none is known", async () => {
  const parked = await open(folder, { maxBytes: 1e9, bytesPerToken: 200_000 });
  let readied = 0;
  let isHeld = false;
  const watcher = watch(folder, (_event, name) => {
    if (!isHeld && name?.endsWith(".partial") === true) readied++;
  });
  try {
    await parked.park(sequence, content, async (work) => {
      expect(await readdir(folder)).toEqual([]);
      expect(readied).toBeGreaterThan(0);
      isHeld = true;
      return await work();
    });
  } finally {
    watcher.close();
  }
  expect(held(parked, content)).toEqual([true]);
});
