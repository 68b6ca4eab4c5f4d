import { closeSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CriaProcess, childrenOf } from "./CriaProcess.js";
import { TestClient, temporaryHome, textOf, untilGone } from "./TestServer.js";

let home: Awaited<ReturnType<typeof temporaryHome>>;
let started: CriaProcess[];
beforeEach(async () => {
  home = await temporaryHome();
  started = [];
});
afterEach(async () => {
  for (const cria of started) cria.child.kill("SIGKILL");
  await Promise.all(started.map((cria) => cria.ended));
  await home.remove();
});

function start(args: string[], environment: NodeJS.ProcessEnv = {}, standardError?: number): CriaProcess {
  const cria = new CriaProcess(
    args,
    { CRIA_HOME: home.path, CRIA_THREADS: "1", CRIA_GPU: "off", CI: "1", ...environment },
    standardError,
  );
  started.push(cria);
  return cria;
}

const serve = (environment?: NodeJS.ProcessEnv) => start(["serve", "--port", "0"], environment);

/** Starts a long reply and waits for its first text; gives its ids and the worker's process id as `ps` would. */
async function longReply(client: TestClient) {
  const { conversation, reply } = await client.send("Tell me a short story about a dog.", {
    sampling: { ignoreEos: true, maxTokens: 450 },
  });
  const id = reply.generationId ?? "";
  await client.follow(id);
  await client.untilText(id);
  return { conversation, id };
}

describe("cria serve", () => {
  it("prints its address and is healthy there", async () => {
    const url = await serve().url();
    const response = await fetch(`${url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: "ready" }]);
  });

  // The device whose every write says that the disk is full. Source: full(4).
  it.runIf(process.platform === "linux")("goes on when its log cannot be written, and ends as always", async () => {
    const full = openSync("/dev/full", "a");
    const cria = start(["serve", "--port", "0", "--log", "debug"], {}, full);
    closeSync(full);
    const client = await TestClient.connect(await cria.url());
    for (let reply = 0; reply < 2; reply++) await client.chat("Hello", { sampling: { maxTokens: 2 } });
    client.close();
    cria.child.kill("SIGTERM");
    expect(await cria.ended).toEqual({ code: 0, signal: null });
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "closes in order on %s in the middle of a reply and leaves no process behind",
    async (signal) => {
      const cria = serve();
      const client = await TestClient.connect(await cria.url());
      await longReply(client);
      const children = await childrenOf(cria.child.pid ?? 0);
      expect(children).toHaveLength(1);
      cria.child.kill(signal);
      expect(await cria.ended).toEqual({ code: 0, signal: null });
      await Promise.all(children.map(untilGone));
      client.close();
    },
  );

  it("loses no token that was shown when it is killed with SIGKILL, and its workers go too", async () => {
    const cria = serve();
    const client = await TestClient.connect(await cria.url());
    const { conversation, id } = await longReply(client);
    const children = await childrenOf(cria.child.pid ?? 0);
    const cut = new Promise((resolve) => client.socket.once("disconnect", resolve));
    cria.child.kill("SIGKILL");
    await Promise.all([cria.ended, cut]);
    await Promise.all(children.map(untilGone));
    const shown = textOf(client.events.get(id) ?? []);
    const again = await TestClient.connect(await serve().url());
    const { messages } = await again.request("conversation:open", { conversationId: conversation.id });
    const reply = messages.at(-1);
    expect(reply).toMatchObject({ status: "complete", stopReason: "error", error: { code: "server_ended" } });
    expect(reply?.text.startsWith(shown)).toBe(true);
    expect(shown).not.toBe("");
    again.close();
  });

  it("says in one line that the port is taken and which one is free", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as AddressInfo;
    const cria = start(["serve", String(port)]);
    expect((await cria.ended).code).toBe(1);
    blocker.close();
    const [first, second, ...rest] = cria.output.trim().split("\n");
    expect(first).toBe(`Port ${port} is taken by another program.`);
    expect(second).toMatch(/^Port \d+ is free: cria serve --port \d+$/);
    expect(rest).toEqual([]);
  });

  it("says what is wrong with a flag, without a stack", async () => {
    const cria = start(["serve", "--port", "seven"]);
    expect((await cria.ended).code).toBe(1);
    expect(cria.output).toContain('--port cannot be "seven"');
    expect(cria.output).not.toContain("    at ");
  });

  it("says that it does not know a command or a flag", async () => {
    const [command, flag] = [start(["dance"]), start(["serve", "--dance"])];
    expect((await command.ended).code).toBe(1);
    expect(command.output).toContain('no command "dance"');
    expect((await flag.ended).code).toBe(1);
    expect(flag.output).toContain("--dance");
  });

  it("says what to do about a home that it cannot write to", async () => {
    const path = join(home.path, "file");
    await writeFile(path, "");
    const cria = start(["serve", "--port", "0", "--home", path]);
    expect((await cria.ended).code).toBe(1);
    expect(cria.output).toContain(`${path} cannot be a folder of Cria's: it is a file`);
    expect(cria.output).toContain("--home DIR");
  });

  it("answers --version and --help", async () => {
    const [version, help] = [start(["--version"]), start(["--help"])];
    expect((await version.ended).code).toBe(0);
    expect(version.output).toMatch(/\d+\.\d+\.\d+/);
    expect((await help.ended).code).toBe(0);
    expect(help.output).toContain("serve [port]");
  });
});
