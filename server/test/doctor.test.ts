import { spawn } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkEngine } from "../cli/doctor/checkEngine.js";
import { checkHub } from "../cli/doctor/checkHub.js";
import { checkPort } from "../cli/doctor/checkPort.js";
import { describeRoom } from "../cli/doctor/checkRoom.js";
import type { Finding } from "../cli/doctor/Finding.js";
import { ModelRegistry } from "../models/ModelRegistry.js";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import { LocalHub } from "./LocalHub.js";
import { LocalProxy } from "./LocalProxy.js";
import { TestServer, temporaryHome } from "./TestServer.js";

let home: Awaited<ReturnType<typeof temporaryHome>>;
let hub: LocalHub;
beforeEach(async () => {
  home = await temporaryHome();
  hub = await LocalHub.start();
});
afterEach(async () => {
  await hub.close();
  await home.remove();
});

/** Runs the command as people do, on the home of this test. */
async function doctor(homePath: string, args: string[] = [], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(
    process.execPath,
    [join(packagePath, "dist/server/cli/main.js"), "doctor", "--gpu", "off", ...args],
    {
      env: { PATH: process.env.PATH, HOME: homePath, CRIA_HOME: homePath, HF_ENDPOINT: hub.endpoint, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

async function findings(homePath: string, args: string[] = []) {
  const { code, output } = await doctor(homePath, ["--json", ...args]);
  const report = JSON.parse(output) as { ok: boolean; findings: Finding[] };
  expect(report.ok).toBe(code === 0);
  for (const { status, hint } of report.findings) expect(hint === undefined).toBe(status === "ok");
  const of = (check: string) => report.findings.filter((finding) => finding.check === check);
  return { code, of };
}

/** The demo model under another name, installed in a home. */
async function installCopy(homePath: string, name: string) {
  const folder = join(homePath, "models", "my", name);
  const demo = join(packagePath, "models", "demo");
  await mkdir(folder, { recursive: true });
  const manifest = JSON.parse(await readFile(join(demo, "model.json"), "utf8"));
  await copyFile(join(demo, manifest.file), join(folder, manifest.file));
  await writeFile(join(folder, "model.json"), JSON.stringify({ ...manifest, id: `my.${name}` }));
  return { folder, weightsPath: join(folder, manifest.file as string) };
}

describe("cria doctor", () => {
  it("finds a whole installation well, and changes nothing there", async () => {
    await installCopy(home.path, "tiny");
    const before = await readdir(home.path, { recursive: true });
    const { code, of } = await findings(home.path, ["--port", "0"]);
    expect(code).toBe(0);
    expect(of("node")).toMatchObject([{ status: "ok", message: `Node ${process.versions.node}` }]);
    for (const check of ["engine", "home", "port", "hub", "model my.tiny", "model alpaca.demo", "gpu"])
      expect(of(check)).toMatchObject([{ status: "ok" }]);
    for (const check of ["processor", "memory", "disk"]) expect(of(check)).toHaveLength(1);
    expect(await readdir(home.path, { recursive: true })).toEqual(before);
  });

  it("names every damage with what to do about it, and exits with 1", async () => {
    const flipped = await installCopy(home.path, "flipped");
    const weights = await readFile(flipped.weightsPath);
    weights[weights.length - 100] = (weights[weights.length - 100] ?? 0) ^ 1;
    await writeFile(flipped.weightsPath, weights);
    const { folder } = await installCopy(home.path, "nonsense");
    await writeFile(join(folder, "model.json"), "{");
    await writeFile(join(home.path, "cria.db"), "this was a database once ".repeat(400));
    await writeFile(join(home.path, "cria.db.corrupt-2026-01-01T00-00-00Z"), "an older one");
    await writeFile(join(home.path, "tokens.json"), "[");
    await chmod(home.path, 0o755);
    const { code, of } = await findings(home.path, ["--port", "0"]);
    expect(code).toBe(1);
    expect(of("model my.flipped")).toMatchObject([
      { status: "problem", message: expect.stringContaining("checksum"), hint: expect.stringContaining("cria remove") },
    ]);
    expect(of("model")).toMatchObject([{ status: "problem", message: expect.stringContaining(folder) }]);
    expect(of("database")).toMatchObject([
      { status: "problem", message: expect.stringContaining("damaged"), hint: expect.stringContaining(".recover") },
      { status: "warning", message: expect.stringContaining("corrupt-2026-01-01") },
    ]);
    expect(of("tokens")).toMatchObject([{ status: "problem" }]);
    expect(of("home")).toMatchObject([{ status: "warning", hint: `chmod 700 ${home.path}` }]);
    expect((await stat(join(home.path, "cria.db"))).size).toBe(25 * 400);
    const { code: textCode, output } = await doctor(home.path);
    expect(textCode).toBe(1);
    expect(output).toMatch(/^PROBLEM {2}model my\.flipped: .+\n {9}\S/m);
    expect(output.trimEnd().split("\n").at(-1)).toMatch(/^\d problems to solve, \d warnings?\.$/);
  });

  it("works beside a running server, and knows its port and its chats", async () => {
    const cria = await TestServer.start();
    try {
      const client = await cria.connect();
      await client.send("Hello", { sampling: { maxTokens: 1 } });
      const { of } = await findings(cria.homePath, ["--port", String(cria.server.port)]);
      expect(of("port")).toMatchObject([{ status: "ok", message: expect.stringContaining(cria.url) }]);
      expect(of("database")).toMatchObject([{ status: "ok", message: expect.stringContaining("1 chat") }]);
      await client.send("Still there?", { sampling: { maxTokens: 1 } });
    } finally {
      await cria.close();
    }
  });

  it("says what is wrong with a setting instead of looking at something else", async () => {
    expect(await doctor(home.path, ["--port", "99999"])).toMatchObject({
      code: 1,
      output: expect.stringContaining("--port"),
    });
  });
});

describe("single findings", () => {
  it("tell an engine that does not start", async () => {
    const logger = createLogger("silent");
    const registry = new ModelRegistry(
      { packageModelsPath: join(packagePath, "models"), homeModelsPath: home.path },
      logger,
    );
    await registry.scan();
    const program = { path: join(home.path, "missing.js"), args: [] };
    expect(await checkEngine(registry.getInstalled("alpaca.demo"), "off", logger, { program })).toMatchObject([
      { check: "engine", status: "problem", hint: expect.stringContaining("--include=optional") },
    ]);
  });

  it("tell a port that another program has", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    try {
      expect(await checkPort({ host: "127.0.0.1", port, homePath: home.path })).toMatchObject({
        status: "warning",
        hint: `Choose another one: cria serve --port ${port + 1}`,
      });
    } finally {
      other.close();
    }
  });

  it("tell little memory and a full disk", () => {
    const room = { totalMemoryBytes: 8e9, availableMemoryBytes: 4e9, freeDiskBytes: 50e9 };
    const status = (change: Partial<typeof room>) => describeRoom({ ...room, ...change }).map(({ status }) => status);
    expect(status({})).toEqual(["ok", "ok"]);
    expect(status({ availableMemoryBytes: 1e9 })).toEqual(["warning", "ok"]);
    expect(status({ freeDiskBytes: 1e9 })).toEqual(["ok", "warning"]);
    expect(status({ freeDiskBytes: 1e6 })).toEqual(["ok", "problem"]);
  });

  it("tell a hub that answers, fails, cannot be reached, or is not to be asked", async () => {
    const at = (environment: NodeJS.ProcessEnv) => checkHub({ HOME: home.path, ...environment });
    expect(await at({ HF_ENDPOINT: hub.endpoint })).toMatchObject({ status: "ok" });
    expect(await at({ HF_ENDPOINT: hub.endpoint, HF_HUB_OFFLINE: "1" })).toMatchObject({ status: "ok" });
    hub.fail({ host: "hub", times: 1, action: { type: "status", status: 503 } });
    expect(await at({ HF_ENDPOINT: hub.endpoint })).toMatchObject({ status: "warning" });
    const proxy = await LocalProxy.start();
    const { port } = new URL(hub.endpoint);
    const behind = { HF_ENDPOINT: `http://hub.test:${port}`, HTTP_PROXY: proxy.url };
    expect(await at(behind)).toMatchObject({ status: "ok" });
    await proxy.close();
    expect(await at(behind)).toMatchObject({
      status: "warning",
      message: expect.stringContaining("The proxy 127.0.0.1:"),
      hint: expect.stringContaining("HTTP_PROXY"),
    });
    expect(await at({ HTTPS_PROXY: "socks5://127.0.0.1:1080" })).toMatchObject({
      status: "problem",
      message: expect.stringContaining("HTTPS_PROXY"),
    });
    const gone = await LocalHub.start();
    const { endpoint } = gone;
    await gone.close();
    expect(await at({ HF_ENDPOINT: endpoint })).toMatchObject({
      status: "warning",
      message: expect.stringContaining("cannot be reached"),
    });
    expect(await at({ HF_ENDPOINT: "nonsense" })).toMatchObject({ status: "problem" });
  });
});
