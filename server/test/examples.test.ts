import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start();
});
afterAll(() => cria.close());

const folder = join(packagePath, "docs", "examples");

/** What each program of docs/examples prints, with the server's address in its environment. */
const expected: Record<string, RegExp> = {
  "generate.mjs": /^I am .*\n\[end, \d+ tokens\]\n$/s,
  "resume.mjs": /^Left after entry \d+: ".+"\nRead on: ".+"\nNothing was lost\.\n$/,
  // A busy machine may have made all of it before the stop came.
  "stop.mjs": /^(stopped|length) after \d{3,4} characters\n$/,
  "events.mjs": /^alpaca\.demo \(Tiny Demo 7M\): \w+\n(alpaca\.demo: \w+\n)*alpaca\.demo: ready\n$/,
  "conversation.mjs": /^"Who are you\?": .+\nuser: Who are you\?\nassistant: .+\n$/,
  "dalai.mjs": /^Installed: \[ 'alpaca\.demo' \]\n\r\nOnce upon a time.+\n\r\nOnce upon a time.+$/s,
};

it.each(Object.entries(expected))("docs/examples/%s runs and says what it should", async (name, output) => {
  const environment = { ...process.env, CRIA_URL: cria.url, CRIA_HOME: cria.homePath };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, name)], { env: environment });
  expect(stdout).toMatch(output);
  expect(stderr).toBe("");
});

it("every example is run", async () => {
  expect((await readdir(folder)).filter((name) => name.endsWith(".mjs")).sort()).toEqual(Object.keys(expected).sort());
});
