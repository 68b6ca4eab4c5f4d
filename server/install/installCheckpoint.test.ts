import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Quantization } from "../protocol/install.js";
import { makeCheckpoint } from "../test/makeCheckpoint.js";
import { TestInstaller } from "../test/TestInstaller.js";
import { tinyCheckpoints } from "../weights/fixtures/tinyCheckpoints.js";
import { openCheckpoint } from "../weights/openCheckpoint.js";
import { convertModel } from "./convertModel.js";

/** About 41 MB of F16 in four shards: enough for the conversion to note its progress in between when it writes F32. */
const files = makeCheckpoint({ embedding: 512, layers: 6, heads: 8, keyValueHeads: 4, feedForward: 1536, shards: 4 });
const weightsBytes = Object.values(files).reduce((sum, file) => sum + file.length, 0);
const shardBytes = Math.max(...Object.values(files).map((file) => file.length));
/** The same in one. */
const oneShard = makeCheckpoint({
  embedding: 512,
  layers: 6,
  heads: 8,
  keyValueHeads: 4,
  feedForward: 1536,
  shards: 1,
});
const ask = { source: "made/Made-20M", as: "made.20M", quantization: "F32" as Quantization };

const oneShardName = "model-00001-of-00001.safetensors";

let expectedFolder: string;
let installer: TestInstaller;
let expected: Buffer;

beforeAll(async () => {
  expectedFolder = await mkdtemp(join(tmpdir(), "cria-expected-"));
  expected = await convertHere(files, "Made-20M", "F32");
});
afterAll(() => rm(expectedFolder, { recursive: true, force: true }));
beforeEach(async () => {
  installer = await TestInstaller.start();
  installer.hub.add("made/Made-20M", files);
});
afterEach(() => installer.close());

/** What converting the same files from a folder gives. */
async function convertHere(
  contents: Record<string, Uint8Array>,
  name: string,
  quantization: Quantization,
): Promise<Buffer> {
  const folder = await mkdtemp(join(expectedFolder, "source-"));
  for (const [file, content] of Object.entries(contents)) await writeFile(join(folder, file), content);
  const model = await openCheckpoint(folder, { name });
  const { partialPath } = await convertModel(model, join(folder, "out.gguf"), quantization, { threadCount: 1 });
  await model.source.close();
  return await readFile(partialPath);
}

async function installed(...model: string[]): Promise<Buffer> {
  const names = await readdir(join(installer.modelsPath, ...model));
  expect(names.length).toBe(2);
  return await installer.read(...model, names.find((name) => name.endsWith(".gguf")) ?? "");
}

/** Bytes that the install takes on the disk now. */
function diskBytes(): number {
  const folder = join(installer.modelsPath, "made", "20M.installing");
  let sum = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    try {
      const found = statSync(join(folder, name));
      if (found.isFile()) sum += found.blocks * 512;
    } catch {
      // Deleted in between.
    }
  return sum;
}

describe("installing a checkpoint", () => {
  it("gives the same bytes as converting its folder, and never needs more disk than the result and two shards", async () => {
    let most = 0;
    installer.hub.onSent = () => {
      most = Math.max(most, diskBytes());
    };
    const outcome = await installer.install(ask);
    expect(outcome).toMatchObject({
      type: "installed",
      manifest: { quantization: "F32", requestedQuantization: "F32", contextTokens: 256 },
    });
    expect((await installed("made", "20M")).equals(expected)).toBe(true);
    // What describes the weights is fetched twice: by itself and with them.
    expect(installer.hub.sentBytes()).toBeLessThan(weightsBytes + 4 * 300_000);
    expect(most).toBeLessThan(expected.length + 2 * shardBytes + 4 * 300_000);
    expect(await readdir(join(installer.modelsPath, "made"))).toEqual(["20M"]);
    const last = installer.progress.at(-1);
    expect(last).toMatchObject({ convertedBytes: expected.length, convertTotalBytes: expected.length });
    // The time that is left is only known when nothing seems to be left to fetch.
    expect(last?.fetchedBytes).toBe(last?.fetchTotalBytes);
  });

  it("goes on without asking the hub again, also when nobody said what to quantize to", async () => {
    const { source } = ask;
    const first = installer.start({ source });
    installer.hub.onSent = (totalBytes) => {
      if (totalBytes > weightsBytes / 3) void first.stop();
    };
    expect(await first.outcome).toMatchObject({ type: "stopped" });
    installer.hub.onSent = undefined;
    const before = installer.hub.requests.length;
    expect(await installer.install({ source })).toMatchObject({
      type: "installed",
      manifest: { quantization: "Q4_K_M" },
    });
    const asked = installer.hub.requests.slice(before).map(({ path }) => path);
    expect(asked.filter((path) => path.startsWith("/api/"))).toEqual([]);
  });

  it("quantizes while it fetches", async () => {
    const outcome = await installer.install({ ...ask, quantization: "Q4_0" });
    expect(outcome).toMatchObject({ type: "installed", manifest: { quantization: "Q4_0" } });
    expect((await installed("made", "20M")).equals(await convertHere(files, "Made-20M", "Q4_0"))).toBe(true);
    expect(installer.progress.some(({ step, convertedBytes }) => step === "fetching" && convertedBytes > 0)).toBe(true);
  });

  it("quantizes a file while it is being fetched", async () => {
    installer.hub.add("made/Made-20M", oneShard);
    installer.hub.totalBytesPerSecond = 15_000_000;
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
    expect((await installed("made", "20M")).equals(await convertHere(oneShard, "Made-20M", "F32"))).toBe(true);
    const halfway = installer.progress.filter(
      ({ fetchedBytes, fetchTotalBytes }) => fetchedBytes < fetchTotalBytes / 2,
    );
    expect(halfway.some(({ convertedBytes }) => convertedBytes > expected.length / 10)).toBe(true);
  });

  it("keeps the source when that is asked for", async () => {
    expect(await installer.install({ ...ask, keepSource: true })).toMatchObject({ type: "installed" });
    const kept = await readdir(join(installer.modelsPath, "made", "20M", "source-0"));
    expect(kept).toEqual(expect.arrayContaining(Object.keys(files)));
  });

  it("works against a server that knows no ranges", async () => {
    installer.hub.fail({ host: "cdn", action: { type: "ignoreRange" } });
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
    expect((await installed("made", "20M")).equals(expected)).toBe(true);
  });

  it.each(["safetensors BF16 shards", "pytorch F32 of torch before 1.6", "pytorch BF16 shards", "Meta, two shards"])(
    "takes %s",
    async (form) => {
      const contents = Object.fromEntries(
        Object.entries(tinyCheckpoints.get(form)?.() ?? {}).map(([name, content]) => [
          name,
          content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content)),
        ]),
      );
      installer.hub.add("made/Tiny-1M", contents, { largeFromBytes: 10_000 });
      const outcome = await installer.install({ source: "made/Tiny-1M", quantization: "F16" });
      expect(outcome).toMatchObject({ type: "installed", manifest: { id: "tiny.1M" } });
      expect((await installed("tiny", "1M")).equals(await convertHere(contents, "Tiny-1M", "F16"))).toBe(true);
    },
  );
});

describe("[T14] installs of checkpoints that are interrupted", () => {
  it("go on after a shard that arrived damaged", async () => {
    installer.hub.fail({ host: "cdn", path: "00003", action: { type: "flipByte", offset: 5_000_000 } });
    expect(await installer.install(ask)).toMatchObject({ type: "failed", error: { code: "download_corrupt" } });
    installer.hub.heal();
    const before = installer.hub.sentBytes();
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
    expect((await installed("made", "20M")).equals(expected)).toBe(true);
    // The first two shards are not fetched again, even those that were used up and deleted.
    expect(installer.hub.sentBytes() - before).toBeLessThan(2 * shardBytes + 1_000_000);
  });

  /** Ends the install of one large file in the middle: when it has noted what it converted, while the rest is held back. */
  async function killHalfway(): Promise<void> {
    const journalPath = join(installer.modelsPath, "made", "20M.installing", "convert.json");
    installer.hub.holdAfter(0.8 * weightsBytes);
    const child = installer.start(ask);
    const watch = setInterval(() => {
      const there = installer.progress.some((entry) => entry.convertedBytes >= expected.length / 2);
      if (there && existsSync(journalPath)) child.crash();
    }, 1);
    await child.outcome;
    clearInterval(watch);
    installer.hub.release();
    expect(existsSync(journalPath)).toBe(true);
  }

  it.each([
    ["arrived damaged", async () => installer.hub.heal()],
    [
      "was spoilt on the disk",
      async () => {
        const path = join(installer.modelsPath, "made", "20M.installing", "source-0", `${oneShardName}.partial`);
        const file = await open(path, "r+");
        await file.write(Buffer.from([1, 2, 3]), 0, 3, 1_000_000);
        await file.close();
      },
    ],
    [
      "is gone",
      async () => {
        const folder = join(installer.modelsPath, "made", "20M.installing", "source-0");
        for (const name of [`${oneShardName}.partial`, `${oneShardName}.partial.json`]) await rm(join(folder, name));
      },
    ],
  ])("make anew what was made of a file that %s before it was whole", async (how, meanwhile) => {
    installer.hub.add("made/Made-20M", oneShard);
    if (how === "arrived damaged")
      installer.hub.fail({ host: "cdn", path: oneShardName, action: { type: "flipByte", offset: 1_000_000 } });
    await killHalfway();
    await meanwhile();
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
    expect((await installed("made", "20M")).equals(await convertHere(oneShard, "Made-20M", "F32"))).toBe(true);
  });

  it("finish with the same bytes after ten kills, wherever they come", async () => {
    const { hub } = installer;
    const moments = [
      1, 300_000, 3_000_000, 4_000_000, 9_000_000, 5_000_000, 7_000_000, 11_000_000, 2_000_000, 6_000_000,
    ];
    for (const bytes of moments) {
      const before = hub.sentBytes();
      const child = installer.start(ask);
      hub.onSent = (total) => {
        if (total - before >= bytes) child.crash();
      };
      await child.outcome;
    }
    hub.onSent = undefined;
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
    expect((await installed("made", "20M")).equals(expected)).toBe(true);
    // Pieces of 512 kB on four connections, and what the sockets of this machine hold in between.
    expect(hub.sentBytes()).toBeLessThan(weightsBytes + moments.length * 8_000_000);
  });

  it("finish with the same bytes when they are killed while they convert", async () => {
    const kills = [0.2, 0.5, 0.75, 0.9, 1];
    for (const part of kills) {
      const seen = installer.progress.length;
      const child = installer.start(ask);
      const watch = setInterval(() => {
        const there = installer.progress.slice(seen).some((entry) => entry.convertedBytes >= part * expected.length);
        if (there) child.crash();
      }, 1);
      await child.outcome;
      clearInterval(watch);
    }
    expect(await installer.install(ask)).toMatchObject({ type: "installed" });
    expect((await installed("made", "20M")).equals(expected)).toBe(true);
    expect(installer.hub.sentBytes()).toBeLessThan(weightsBytes + kills.length * 8_000_000);
  });
});

describe("checkpoints that cannot be installed", () => {
  const fails = async (contents: Record<string, Uint8Array>, code: string) => {
    installer.hub.add("made/Made-20M", contents);
    const outcome = await installer.install(ask);
    expect(outcome).toMatchObject({ type: "failed", error: { code, hint: expect.any(String) } });
    expect(await readdir(join(installer.modelsPath, "made"))).toEqual([]);
    // Nobody is told that anything is kept.
    expect(installer.progress.at(-1)).toMatchObject({ fetchedBytes: 0, progress: 0 });
  };
  const config = JSON.parse(Buffer.from(files["config.json"] ?? []).toString()) as Record<string, unknown>;
  const withConfig = (changes: object) => ({
    ...files,
    "config.json": Buffer.from(JSON.stringify({ ...config, ...changes })),
  });

  it("say what architecture they have, before their weights are fetched", async () => {
    await fails(
      withConfig({ model_type: "gpt_neox", architectures: ["GPTNeoXForCausalLM"] }),
      "architecture_unsupported",
    );
    expect(installer.hub.sentBytes()).toBeLessThan(2_000_000);
  });

  it("say which tensor has another shape, before their weights are fetched", async () => {
    await fails(withConfig({ intermediate_size: 1024 }), "checkpoint_invalid");
    expect(installer.hub.sentBytes()).toBeLessThan(3_000_000);
  });

  it("say which tensor has a value that is no number", async () => {
    const name = "model-00002-of-00004.safetensors";
    const shard = Buffer.from(files[name] ?? []);
    shard.fill(0xff, shard.length - 1000);
    await fails({ ...files, [name]: shard }, "weights_not_finite");
  });

  it("say that a file is no safetensors file", async () => {
    await fails({ ...files, "model-00001-of-00004.safetensors": Buffer.alloc(5000, 7) }, "safetensors_invalid");
  });
});
