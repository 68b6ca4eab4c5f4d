import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readConfig } from "../platform/config.js";
import { version } from "../platform/version.js";
import { temporaryHome } from "../test/TestServer.js";
import { isNewer } from "./findNewerVersion.js";
import { hintAtUpdate } from "./hintAtUpdate.js";

let home: Awaited<ReturnType<typeof temporaryHome>>;
let asked: string[];
let said: string[];
beforeEach(async () => {
  home = await temporaryHome();
  [asked, said] = [[], []];
});
afterEach(() => home.remove());

const hint = (newer: string | undefined | Error) =>
  hintAtUpdate(
    home.path,
    (current) => {
      asked.push(current);
      return newer instanceof Error ? Promise.reject(newer) : Promise.resolve(newer);
    },
    (line) => said.push(line),
  );

it("asks nobody unless it was asked to", () => {
  expect(readConfig({}, {}).updateCheck).toBe("off");
  expect(readConfig({}, { CRIA_UPDATE_CHECK: "daily" }).updateCheck).toBe("daily");
  expect(() => readConfig({ updateCheck: "hourly" }, {})).toThrow("--update-check");
});

it("tells of a newer version once a day", async () => {
  await hint("99.0.0");
  await hint("99.0.0");
  expect([asked, said]).toEqual([[version], [expect.stringContaining("99.0.0")]]);
  const stamp = join(home.path, "cache", (await readdir(join(home.path, "cache")))[0] ?? "");
  await utimes(stamp, 0, 0);
  await hint(undefined);
  expect([asked.length, said.length]).toEqual([2, 1]);
});

it("is silent when it cannot find out", async () => {
  await hint(new Error("no network"));
  expect(said).toEqual([]);
});

it.each([
  ["1.0.0", "0.9.9", true],
  ["0.10.0", "0.9.0", true],
  ["0.1.0", "0.1.0", false],
  ["0.1.0", "0.2.0", false],
  ["1.0.0", "1.0.0-beta.1", true],
  ["1.0.0-beta.1", "1.0.0", false],
  ["../evil", "0.1.0", false],
])("%s is newer than %s: %s", (a, b, newer) => {
  expect(isNewer(a, b)).toBe(newer);
});
