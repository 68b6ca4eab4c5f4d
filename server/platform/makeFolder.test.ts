import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "./makeFolder.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-folder-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("makeFolder", () => {
  it("makes what is missing above it too, for its owner alone, and leaves alone what is there", async () => {
    const path = join(folder, "a", "b", "c");
    await makeFolder(path);
    await makeFolder(path);
    for (const made of [path, join(folder, "a")]) {
      const stats = await stat(made);
      expect(stats.isDirectory()).toBe(true);
      if (process.platform !== "win32") expect(stats.mode & 0o777).toBe(0o700);
    }
  });

  it("rejects where a file is in the way, at the end and before it", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    await expect(makeFolder(file)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeFolder(join(file, "below"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it.runIf(process.platform === "linux")("rejects at once where the system takes no folder", async () => {
    await expect(makeFolder("/proc/cria")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(makeFolder("/proc/cria/deeper/still")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
