import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-npm-"));
  // An npm that knows what it was asked for: as one word each, or the answer is no version.
  const npm = '#!/bin/sh\n[ "$1 $2 $3 $4" = "view cria version --json" ] && echo \'"987.6.5"\'\n';
  await writeFile(join(folder, "npm"), npm);
  await chmod(join(folder, "npm"), 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// On Windows through a shell, for which this machine's own stands in. Node 24 and newer warn of a shell with a list of arguments.
it.each(["linux", "win32"])("asks npm without a word of Node's on standard error (%s)", (platform) => {
  const program = `Object.defineProperty(process, "platform", { value: "${platform}" });
    const { findNewerVersion } = await import(${JSON.stringify(new URL("./findNewerVersion.js", import.meta.url).href)});
    console.log(await findNewerVersion("0.1.0"));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    env: { PATH: `${folder}:${process.env.PATH}`, comspec: "/bin/sh" },
    encoding: "utf8",
  });
  expect({ stdout, stderr }).toEqual({ stdout: "987.6.5\n", stderr: "" });
});
