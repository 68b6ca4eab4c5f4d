import { copyFile, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { readGgufIndex } from "../weights/gguf/readGgufIndex.js";
import { loadBack } from "./loadBack.js";

const demo = join(packagePath, "models", "demo", "demo-q8_0.gguf");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-load-back-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const load = (path: string, signal = new AbortController().signal) => loadBack(1)(path, () => {}, signal);

async function damaged(
  name: string,
  bytes: Uint8Array,
  at: (index: Awaited<ReturnType<typeof readGgufIndex>>) => number,
) {
  const path = join(folder, `${name}.gguf`);
  await copyFile(demo, path);
  const file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, at(await readGgufIndex(demo)));
  await file.close();
  return path;
}

describe("loadBack", () => {
  it("is content with weights that compute", async () => {
    const progress: number[] = [];
    await loadBack(1)(demo, (value) => progress.push(value), new AbortController().signal);
    expect(progress).toEqual([1]);
  });

  it("ends at once when it is told to", async () => {
    const stop = new AbortController();
    const loading = load(demo, stop.signal);
    stop.abort(new Error("enough"));
    await expect(loading).rejects.toThrow("enough");
  });
});

describe("weights that are loaded back", () => {
  it("are refused when what they compute is no number, though the file is as it should be", async () => {
    // The scale of the first block of weights, an F16.
    const notANumber = Buffer.from([0, 0x7e]);
    const path = await damaged("nan", notANumber, ({ tensors }) => tensors.get("output.weight")?.offset ?? 0);
    await expect(load(path)).rejects.toMatchObject({
      code: "install_check_failed",
      message: expect.stringContaining("no number"),
    });
  });

  it("are refused with the engine's own reason when it cannot load them", async () => {
    // "llama" under a name that the engine does not know.
    const header = Buffer.alloc(4096);
    const file = await open(demo, "r");
    await file.read(header, 0, header.length, 0);
    await file.close();
    const at = header.indexOf("llama", header.indexOf("general.architecture") + 20);
    const path = await damaged("unknown", Buffer.from("lhama"), () => at);
    await expect(load(path)).rejects.toMatchObject({
      code: "install_check_failed",
      message: expect.stringContaining("lhama"),
      hint: expect.any(String),
    });
  });
});
