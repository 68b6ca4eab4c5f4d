import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockModel } from "./InstallLock.js";

let folder = "";
let modelFolder = "";
let claimPath = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-lock-"));
  modelFolder = join(folder, "7B");
  claimPath = join(folder, ".7B.owner");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("lets one in at a time", async () => {
  let inside = 0;
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      const release = await lockModel(modelFolder, 20_000);
      expect(++inside).toBe(1);
      await wait(5);
      inside--;
      await release();
    }),
  );
  expect(await readdir(folder)).toEqual([]);
});

it("says that somebody else has it", async () => {
  const release = await lockModel(modelFolder);
  await expect(lockModel(modelFolder, 100)).rejects.toMatchObject({ code: "install_busy" });
  await release();
});

it("takes over at once what a dead process claimed, and only one of many does", async () => {
  await writeClaim(deadProcessId());
  const winners = await Promise.allSettled(Array.from({ length: 6 }, () => lockModel(modelFolder, 200)));
  expect(winners.filter(({ status }) => status === "fulfilled").length).toBe(1);
});

it("takes over a claim that was not refreshed, whoever has its process id now", async () => {
  await writeClaim(process.pid);
  await expect(lockModel(modelFolder, 100)).rejects.toMatchObject({ code: "install_busy" });
  await utimes(claimPath, 0, 0);
  await (await lockModel(modelFolder, 100, 200))();
});

it("leaves a claim alone that is refreshed, however wrong the clock is: it was set, or the machine slept", async () => {
  for (const wrongS of [-86_400, 86_400]) {
    await writeClaim(process.pid);
    let ticks = Date.now() / 1000 + wrongS;
    const refresh = setInterval(() => void utimes(claimPath, ++ticks, ticks), 20);
    let isIn = false;
    const asked = lockModel(modelFolder, 100, 400).then((release) => {
      isIn = true;
      return release;
    });
    await wait(1000);
    expect(isIn).toBe(false);
    clearInterval(refresh);
    await (await asked)();
  }
});

it("goes past a half-written claim, and a guard whose process was killed", async () => {
  await writeFile(claimPath, '{"pid":');
  await mkdir(join(folder, ".7B.lock"));
  await (await lockModel(modelFolder))();
  expect(await readdir(folder)).toEqual([]);
});

async function writeClaim(pid: number): Promise<void> {
  await writeFile(claimPath, JSON.stringify({ pid, host: hostname(), nonce: "other" }));
}

function deadProcessId(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}
