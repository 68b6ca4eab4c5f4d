import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CriaProcess } from "./CriaProcess.js";
import { installRandomModel, randomModelId } from "./installRandomModel.js";
import { temporaryHome } from "./TestServer.js";

let home: Awaited<ReturnType<typeof temporaryHome>>;
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.remove());

const started: CriaProcess[] = [];
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
});

function start(...words: string[]): CriaProcess {
  const process = new CriaProcess(words, { CRIA_HOME: home.path, CRIA_GPU: "off", CI: "1" });
  started.push(process);
  return process;
}

/** Takes connections, and says nothing. */
async function silentServer(): Promise<{ server: Server; url: string; port: string }> {
  const server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}`, port: String(port) };
}

const once = ["-p", "Who are you?", "-n", "4", "--temp", "0"];
const endless = ["chat", randomModelId, "--raw", "-p", "the cat", "--ignore-eos", "-n", "4000"];

describe("a talk in the terminal without a server that answers", () => {
  it("says that nothing answers at the port, and goes on in its own process", async () => {
    const { server, url, port } = await silentServer();
    const chat = start("chat", "demo", ...once, "--port", port);
    expect((await chat.ended).code).toBe(0);
    expect(chat.output).toContain(`Something holds ${url} and does not answer: the model is loaded in this process.\n`);
    expect(chat.output).toContain("I am");
    server.close();
  });

  it("goes on in its own process when the server that this home tells of is gone, or answers nothing", async () => {
    const { server, url } = await silentServer();
    const record = join(home.path, "server.json");
    await writeFile(record, JSON.stringify({ processId: process.pid, url }));
    const besideSilent = start("chat", "demo", ...once, "--port", "1");
    expect((await besideSilent.ended).code).toBe(0);
    expect(besideSilent.output).toContain(`Something holds ${url} and does not answer`);
    server.close();
    await writeFile(record, JSON.stringify({ processId: 2 ** 22 + 1, url: "http://127.0.0.1:1" }));
    const alone = start("chat", "demo", ...once, "--port", "1");
    expect((await alone.ended).code).toBe(0);
    expect(alone.output).toMatch(/^I am/);
  });

  it("fails within seconds at an address that was named", async () => {
    const { server, url } = await silentServer();
    const chat = start("chat", "demo", ...once, "--url", url);
    expect((await chat.ended).code).toBe(1);
    expect(chat.output).toContain(`Nothing answers at ${url} (no answer in 5 seconds).`);
    server.close();
  });

  it("ends within seconds when the server is killed in the middle of a reply, with what came", async () => {
    await installRandomModel(home.path);
    const server = start("serve", "--port", "0");
    await server.url();
    const chat = start(...endless, "--port", "1");
    await expect.poll(() => chat.output).toMatch(/\w/);
    server.child.kill("SIGKILL");
    expect((await chat.ended).code).toBe(1);
    expect(chat.output).toContain("The connection to the server was lost and did not come back within 5 seconds.\n");
    expect(chat.output).toContain("Check that the server runs: cria serve starts it.");
  });

  it("ends with Ctrl-C though the server answers nothing any more", async () => {
    await installRandomModel(home.path);
    const server = start("serve", "--port", "0");
    await server.url();
    const chat = start(...endless, "--port", "1");
    await expect.poll(() => chat.output).toMatch(/\w/);
    server.child.kill("SIGSTOP");
    chat.child.kill("SIGINT");
    expect((await chat.ended).code).toBe(130);
    expect(chat.output).toContain("The server does not answer: its reply may go on there.");
  });
});
