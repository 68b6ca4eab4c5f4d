import { copyFile, lstat, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { CriaProcess } from "./CriaProcess.js";
import { temporaryHome } from "./TestServer.js";

let folder: Awaited<ReturnType<typeof temporaryHome>>;
let original: string;
let homePath: string;
beforeEach(async () => {
  folder = await temporaryHome();
  original = join(folder.path, "my files", "tiny.gguf");
  homePath = join(folder.path, "home");
  await mkdir(join(folder.path, "my files"));
  await copyFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"), original);
});
afterEach(() => folder.remove());

async function cria(...words: string[]): Promise<{ code: number | null; output: string }> {
  const process = new CriaProcess(words, { CRIA_HOME: homePath, CRIA_GPU: "off", HF_HUB_OFFLINE: "1", CI: "1" });
  const { code } = await process.ended;
  return { code, output: process.output };
}

async function install(path = original): Promise<{ output: string; weightsPath: string; isShared: boolean }> {
  const { code, output } = await cria("install", path, "--as", "my.tiny");
  expect(code, output).toBe(0);
  const { path: weightsPath } = JSON.parse((await cria("show", "my.tiny", "--json")).output) as { path: string };
  // Where the file system can, it is a clone, which has nothing to do with the original any more.
  const isShared = (await stat(weightsPath)).ino === (await stat(original)).ino;
  return { output, weightsPath, isShared };
}

describe("a model of a file on this disk", () => {
  it("is said to be no copy, stays whole when the file is moved, and leaves it alone when it is removed", async () => {
    const { output, isShared } = await install();
    expect(output).toContain(
      isShared
        ? `It is no copy: ${original} and the model are one file under two names. You may move or delete yours;`
        : `${original} is left as it is, and no longer needed.`,
    );
    expect((await cria("show", "my.tiny")).output).toMatch(
      isShared ? /^Original +the same file under another name/m : /^Original +not needed/m,
    );
    const moved = `${original}.moved`;
    await rename(original, moved);
    expect((await cria("show", "my.tiny")).output).toMatch(/^Original +no longer at its place, and not needed$/m);
    expect((await cria("verify", "my.tiny")).output).toContain("my.tiny is whole and loads");
    await rename(moved, original);
    const before = await readFile(original);
    expect((await cria("remove", "my.tiny")).output).toBe(
      `my.tiny is removed. ${original}, which it was installed from, is left as it is.\n`,
    );
    expect((await readFile(original)).equals(before)).toBe(true);
  });

  it("is made of the file that a symbolic link leads to, as those of the hub's cache do", async () => {
    const link = join(folder.path, "link.gguf");
    await symlink(join("my files", "tiny.gguf"), link);
    const { weightsPath } = await install(link);
    expect((await lstat(weightsPath)).isFile()).toBe(true);
    await rm(link);
    expect((await cria("verify", "my.tiny")).output).toContain("my.tiny is whole and loads");
  });

  it("is damaged when the file is changed, which is told with what to do", async () => {
    const { weightsPath } = await install();
    // As a program does that writes into the file, whatever name it knows it by.
    await writeFile(weightsPath, "something else");
    expect((await cria("list")).output).toContain(
      "my.tiny is damaged: its weights were changed. cria verify my.tiny says more.",
    );
    const { code, output } = await cria("verify", "my.tiny");
    expect([code, output]).toEqual([1, expect.stringContaining("my.tiny is damaged: its weights have 14 bytes")]);
    expect(output).toContain(original);
    expect(output).toContain("cria remove my.tiny, then cria install");
    expect((await cria("doctor", "--port", "0")).output).toContain("PROBLEM  model my.tiny: my.tiny is damaged");
    const chat = await cria("chat", "my.tiny", "-p", "Hi", "--port", "1");
    expect([chat.code, chat.output]).toEqual([1, expect.stringContaining("is not a valid GGUF file")]);
  });

  it("is named with what to do when its weights are gone, and can be removed", async () => {
    const { weightsPath } = await install();
    await rm(weightsPath);
    const name = weightsPath.split("/").at(-1);
    const told = `my.tiny cannot be used: its weights, ${name}, are not there.`;
    const todo = "Install it again, or delete what is left of it: cria remove my.tiny";
    expect((await cria("list")).output).toContain(`${told} ${todo}\n`);
    for (const command of ["show", "verify", "tune", "chat"])
      expect(await cria(command, "tiny", ...(command === "chat" ? ["-p", "Hi", "--port", "1"] : []))).toEqual({
        code: 1,
        output: `${told}\n${todo}\n`,
      });
    expect(await cria("remove", "my.tiny")).toEqual({ code: 0, output: "my.tiny is removed.\n" });
    expect((await cria("list")).output).not.toContain("my.tiny");
    expect((await stat(original)).size).toBeGreaterThan(0);
  });
});
