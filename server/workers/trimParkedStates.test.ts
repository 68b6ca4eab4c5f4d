import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { trimParkedStates } from "./trimParkedStates.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "cria-parked-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const nothing: ReadonlySet<string> = new Set();
const left = async () => (await readdir(root, { recursive: true })).filter((name) => /\.\w+$/.test(name)).sort();
async function put(name: string, sizeBytes: number, writtenAtS: number): Promise<void> {
  const path = join(root, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, Buffer.alloc(sizeBytes));
  await utimes(path, writtenAtS, writtenAtS);
}

it("deletes the oldest of all folders until the rest fits, and folders that are empty then", async () => {
  await put("removed-model/a.state", 100, 10);
  await put("removed-model/a.json", 1, 10);
  await put("other-context/b.state", 100, 20);
  await put("now/c.state", 100, 30);
  await trimParkedStates(root, 1000, nothing);
  expect(await left()).toHaveLength(4);
  await trimParkedStates(root, 200, nothing);
  expect(await left()).toEqual(["now/c.state", "other-context/b.state"].map((name) => join(name)));
  expect((await readdir(root)).sort()).toEqual(["now", "other-context"]);
});

it("touches nothing that a running worker keeps, but counts it", async () => {
  await put("running/old.state", 100, 1);
  await put("other/new.state", 100, 50);
  await trimParkedStates(root, 150, new Set(["running"]));
  expect(await left()).toEqual([join("running", "old.state")]);
});

it("has nothing to do where nothing was parked", async () => {
  await trimParkedStates(join(root, "never"), 100, nothing);
});
