import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readyMemory } from "./readyMemory.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-memory-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("writes as many bytes as the file will have, leaves others their turns, and nothing of it", async () => {
  const path = join(folder, "state");
  const sizes: number[] = [];
  let done = false;
  const ready = readyMemory(path, 10_000_000).finally(() => {
    done = true;
  });
  while (!done) {
    const size = await stat(path).then(
      (facts) => facts.size,
      () => undefined,
    );
    if (size !== undefined && sizes.at(-1) !== size) sizes.push(size);
    await setImmediate();
  }
  await ready;
  expect(sizes.at(-1)).toBe(10_000_000);
  expect(sizes.length).toBeGreaterThan(1);
  expect(await readdir(folder)).toEqual([]);
});

it("is no more than a help", async () => {
  await readyMemory(join(folder, "missing", "state"), 5_000_000);
  await writeFile(join(folder, "state"), "");
  await readyMemory(join(folder, "state"), 0);
  expect(await readdir(folder)).toEqual([]);
});
