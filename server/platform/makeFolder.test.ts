import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "./makeFolder.js";
import { packagePath } from "./paths.js";

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

  it("is content where others make the same at the same time", async () => {
    const path = join(folder, "at", "the", "same", "time");
    await Promise.all(Array.from({ length: 50 }, () => makeFolder(path)));
    expect((await stat(path)).isDirectory()).toBe(true);
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

  // Node says ENOENT there of a disk that is full, which nobody can do anything with.
  it("is how every folder is made that has others above it", async () => {
    const root = join(packagePath, "dist", "server");
    const files = (await readdir(root, { recursive: true })).filter(
      (name) => name.endsWith(".js") && !/(^|\/)(test|bench|fixtures)\/|\.test\.js$/.test(name),
    );
    expect(files.length).toBeGreaterThan(200);
    for (const name of files)
      expect(await readFile(join(root, name), "utf8"), name).not.toMatch(/mkdir(Sync)?\([^;]*recursive: true/);
  });
});
