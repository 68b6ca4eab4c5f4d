import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { installRandomModel, randomModelId } from "./installRandomModel.js";
import { temporaryHome } from "./TestServer.js";

const mainPath = join(packagePath, "dist", "server", "cli", "main.js");

const home = await temporaryHome();
beforeAll(async () => {
  await installRandomModel(home.path);
});
afterAll(() => home.remove());

/** Makes a folder read-only for what it starts, and for nothing else. */
const readOnly = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"`;

async function run(program: string, words: readonly string[]) {
  const child = spawn(program, words, {
    env: { ...process.env, CRIA_HOME: home.path, CRIA_GPU: "off", HF_HUB_OFFLINE: "1", CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { stdout, stderr, code };
}

/** The program with a folder mounted read-only. */
function cria(folder: string, ...words: string[]) {
  return onReadOnly(folder, [process.execPath, mainPath, ...words]);
}

/** Mounts of its own need the right to make some: root's, or root's in a user namespace. */
function onReadOnly(folder: string, command: readonly string[]) {
  const asRoot = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return run("unshare", [...asRoot, "--mount", "sh", "-c", readOnly, "sh", folder, ...command]);
}

const canMount = await onReadOnly(tmpdir(), ["true"]).then(
  ({ code }) => code === 0,
  () => false,
);

describe.runIf(canMount)("a home on a disk that can only be read", () => {
  it.each([
    ["list"],
    ["show", randomModelId],
    ["verify", randomModelId],
    ["token", "list"],
    ["chat", randomModelId, "--raw", "-p", "the cat", "-n", "4", "--port", "1"],
  ])("does for cria %s", async (...words) => {
    const { stderr, code } = await cria(home.path, ...words);
    expect([stderr, code]).toEqual(["", 0]);
  });

  it("is what cria doctor tells, with everything else", async () => {
    const { stdout, code } = await cria(home.path, "doctor", "--json", "--port", "0");
    const { findings } = JSON.parse(stdout) as { findings: { check: string; status: string; message: string }[] };
    expect(findings.filter(({ status }) => status === "problem")).toMatchObject([
      { check: "home", message: `Cria cannot write to ${home.path} (EROFS).` },
    ]);
    expect(findings.map(({ check }) => check)).toContain(`model ${randomModelId}`);
    expect(code).toBe(1);
  });

  it.each([
    [["install", "https://127.0.0.1:1/x.gguf"], "the folder of the models", "models"],
    [["remove", randomModelId], "the folder of the models", "models"],
    [["tune", randomModelId], "the folder of what is measured", "tuning"],
  ] as const)("is named by cria %s with the folder that has to be writable", async (words, what, folder) => {
    const { stderr, code } = await cria(home.path, ...words);
    expect([stderr.split("\n")[0], code]).toEqual([`Cria cannot write to ${what}, ${join(home.path, folder)}.`, 1]);
    expect(stderr).toContain("--home DIR or CRIA_HOME");
  });

  it("needs to be writable for a server, which says so", async () => {
    const { stderr, code } = await cria(home.path, "serve", "--port", "0");
    expect([stderr.split("\n")[0], code]).toEqual([`Cria cannot write to its home folder ${home.path}.`, 1]);
  });

  it("may have its models alone on such a disk", async () => {
    const modelsPath = join(home.path, "models");
    expect((await cria(modelsPath, "list")).stdout).toContain(randomModelId);
    const { stderr } = await cria(modelsPath, "remove", randomModelId);
    expect(stderr).toContain(`Cria cannot write to the folder of the models, ${modelsPath}.`);
    expect((await cria(modelsPath, "list")).stdout).toContain(randomModelId);
  });
});

describe("a home that cannot be looked into", () => {
  it("is none when it is a file", async () => {
    const file = join(home.path, "file");
    await writeFile(file, "");
    for (const words of [
      ["list"],
      ["show", "demo"],
      ["chat", "demo", "-p", "Hi", "--port", "1"],
      ["install", "demo"],
    ]) {
      const { stderr, code } = await run(process.execPath, [mainPath, ...words, "--home", file]);
      expect([stderr.split("\n")[0], code]).toEqual([
        `${file} cannot be a folder of Cria's: it is a file, or lies under one.`,
        1,
      ]);
    }
  });
});
