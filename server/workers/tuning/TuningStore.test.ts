import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Tuning } from "./Tuning.js";
import { TuningStore, tuningSubject } from "./TuningStore.js";

let folder: string;
let model: { id: string; weightsPath: string };
let store: TuningStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-tuning-"));
  model = { id: "llama.7B", weightsPath: join(folder, "weights.gguf") };
  await writeFile(model.weightsPath, "weights");
  store = new TuningStore(join(folder, "tuning"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const speed = { readPerSecond: 100, writePerSecond: 10, loadMs: 500 };
const tuned = async (change: Partial<Tuning> = {}): Promise<Tuning> => ({
  tuningVersion: 1,
  modelId: model.id,
  ...(await tuningSubject(model)),
  tunedAt: new Date(0).toISOString(),
  settings: { threads: 2, batchThreads: 4, flashAttention: "off", kvCacheType: "f16", weightsIn: "copied" },
  before: speed,
  after: speed,
  ...change,
});

describe("TuningStore", () => {
  it("keeps what was measured, and leaves nothing half-written", async () => {
    const tuning = await tuned();
    await store.write(tuning);
    expect(await store.read(model)).toEqual(tuning);
    expect(await readdir(join(folder, "tuning"))).toEqual(["llama.7B.json"]);
    await store.forget(model.id);
    expect(await store.read(model)).toBeUndefined();
  });

  it("has one of two that are written at once, whole", async () => {
    const tunings = [await tuned(), await tuned({ settings: { ...(await tuned()).settings, threads: 1 } })];
    for (let round = 0; round < 20; round++) {
      await Promise.all(tunings.map((tuning) => new TuningStore(join(folder, "tuning")).write(tuning)));
      expect(tunings).toContainEqual(await store.read(model));
    }
    expect(await readdir(join(folder, "tuning"))).toEqual(["llama.7B.json"]);
  });

  it("does not count for other weights under the same name", async () => {
    await store.write(await tuned());
    await utimes(model.weightsPath, 1, 1);
    expect(await store.read(model)).toBeUndefined();
  });

  it("does not count on another machine", async () => {
    await store.write(await tuned({ machine: { processor: "another", cores: 2 } }));
    expect(await store.read(model)).toBeUndefined();
  });
});

describe("TuningStore with a file that is not its own", () => {
  it.each(["", "{", "null", '{"tuningVersion":2}', '{"tuningVersion":1,"settings":{"threads":-1}}'])(
    "takes %j for none",
    async (text) => {
      await store.write(await tuned());
      await writeFile(join(folder, "tuning", "llama.7B.json"), text);
      expect(await store.read(model)).toBeUndefined();
    },
  );
});
