import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LoadSettingsStore } from "./LoadSettingsStore.js";

let folder: string;
let store: LoadSettingsStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-load-settings-"));
  store = new LoadSettingsStore(join(folder, "loading"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("keeps what was chosen for each model", async () => {
  await store.write("llama.7B", { contextTokens: 4096 });
  await store.write("llama.7B", { threads: 2 });
  expect(await store.read("llama.7B")).toEqual({ threads: 2 });
  expect(await store.read("alpaca.7B")).toEqual({});
  await store.write("llama.7B", {});
  expect(await store.read("llama.7B")).toEqual({});
});

it.each(["", "{", "null", '{"threads":-1}', '{"contextTokens":"many"}'])(
  "takes a file with %j for none",
  async (text) => {
    await mkdir(join(folder, "loading"));
    await writeFile(join(folder, "loading", "llama.7B.json"), text);
    expect(await store.read("llama.7B")).toEqual({});
  },
);
