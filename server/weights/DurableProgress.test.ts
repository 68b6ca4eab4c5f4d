import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DurableProgress } from "./DurableProgress.js";
import { GgufWriter } from "./gguf/GgufWriter.js";

/** Each of them is worth a checkpoint. */
const names = ["a", "b", "c", "d"];
const tensor = { type: "F32", shape: [33, 2 ** 18] } as const;
const bytes = new Uint8Array(33 * 2 ** 20);

let folder: string;
let writer: GgufWriter;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-durable-"));
  const plan = { metadata: new Map(), tensors: names.map((name) => ({ ...tensor, name })) };
  writer = await GgufWriter.open(join(folder, "out.gguf"), plan);
});
afterEach(async () => {
  await writer.abort();
  await rm(folder, { recursive: true, force: true });
});

it("reports while more is written, once at a time, and everything at the end", async () => {
  const reported: number[] = [];
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let progress: DurableProgress | undefined;
  const entered = new Promise<void>((resolve) => {
    progress = new DurableProgress(writer, async (tensorsDone) => {
      reported.push(tensorsDone);
      resolve();
      await left;
    });
  });
  await writer.append("a", bytes);
  progress?.appended();
  await entered;
  for (const name of ["b", "c"]) {
    await writer.append(name, bytes);
    progress?.appended();
  }
  expect(reported).toEqual([1]);
  leave();
  await progress?.settled();
  await writer.append("d", bytes);
  await progress?.finish();
  expect(reported).toEqual([1, 4]);
});

it("passes on what went wrong, at the next piece or at the end", async () => {
  const progress = new DurableProgress(writer, () => Promise.reject(new Error("disk on fire")));
  await writer.append("a", bytes);
  progress.appended();
  await progress.settled();
  expect(() => progress.appended()).toThrow("disk on fire");
  await expect(progress.finish()).rejects.toThrow("disk on fire");
});
