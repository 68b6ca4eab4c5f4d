import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readConfig } from "./config.js";

const engines = (text: string | string[], environment: NodeJS.ProcessEnv = {}) =>
  readConfig({ engines: text }, environment).engines;

it("takes a name and an address, several of them, and adds /v1 where there is no path", () => {
  expect(engines(["gpu=http://box:8000", "mac=https://mac/openai/v1/"])).toEqual([
    { name: "gpu", baseUrl: "http://box:8000/v1" },
    { name: "mac", baseUrl: "https://mac/openai/v1" },
  ]);
  expect(readConfig({}, { CRIA_ENGINES: "a=http://[::1]:1/v1, b=http://b/v1" }).engines).toHaveLength(2);
});

it("takes keys from the environment or a file, never from the address", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cria-key-"));
  await writeFile(join(folder, "key"), "from-a-file\n");
  const environment = { CRIA_ENGINE_GPU_BOX_KEY: "sk-1", CRIA_ENGINE_MAC_KEY_FILE: join(folder, "key") };
  expect(engines("gpu-box=http://a,mac=http://b,none=http://c", environment).map(({ apiKey }) => apiKey)).toEqual([
    "sk-1",
    "from-a-file",
    undefined,
  ]);
  await rm(folder, { recursive: true });
});

it.each([
  ["http://box:8000/v1"],
  ["Gpu=http://box"],
  ["gpu=box:8000"],
  ["gpu=ftp://box"],
  ["gpu=file:///etc/passwd"],
  ["gpu=http://user:secret@box"],
  ["gpu=http://box/v1?key=secret"],
  ["gpu=http://a,gpu=http://b"],
])("refuses %s, and repeats no secret", (text) => {
  let message = "";
  try {
    engines(text);
  } catch (error) {
    message = `${(error as Error).message} ${(error as { hint?: string }).hint}`;
    expect(error).toMatchObject({ code: "config_invalid" });
  }
  expect(message).not.toBe("");
  expect(message).not.toContain("secret");
});

it.each([
  [{ CRIA_ENGINE_GPU_KEY: "two words" }],
  [{ CRIA_ENGINE_GPU_KEY: "line\r\nX-Header: 1" }],
  [{ CRIA_ENGINE_GPU_KEY_FILE: "/no/such/file" }],
])("refuses a key that cannot be one: %j", (environment) => {
  expect(() => engines("gpu=http://a", environment)).toThrow(expect.objectContaining({ code: "config_invalid" }));
});
