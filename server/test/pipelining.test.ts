import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
const sockets: Socket[] = [];
beforeEach(async () => {
  cria = await TestServer.start(undefined, { worker: { program: scriptedProgram({ tokensPerSecond: 50 }) } });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await cria.close();
});

/** A connection as a program has it that writes its requests by itself. */
async function open(): Promise<Socket> {
  const socket = connect(cria.server.port, "127.0.0.1");
  sockets.push(socket.on("error", () => {}));
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket.setEncoding("utf8");
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${cria.server.port}\r\n\r\n`;
}

function post(path: string, body: object): string {
  const json = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${cria.server.port}\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
}

const forever = { model: "alpaca.demo", prompt: "hi", max_tokens: 100_000 };

/** Resolves with what has come once it satisfies `enough`. */
function received(socket: Socket, enough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const take = (piece: string) => {
      text += piece;
      if (!enough(text)) return;
      socket.off("data", take);
      resolve(text);
    };
    socket.on("data", take);
  });
}

describe("requests that are sent before the answers to earlier ones are read", () => {
  it("are answered in their order", async () => {
    const socket = await open();
    const paths = ["/health", "/v1/models", "/nothing", "/api/version", "/health"];
    const answers = received(socket, (text) => text.split("HTTP/1.1 ").length > paths.length && text.endsWith("}"));
    socket.write(paths.map(get).join(""));
    const statuses = (await answers).match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(9));
    expect(statuses).toEqual(["200", "200", "404", "200", "200"]);
  });

  it.each([true, false])("[T22] end with the client, begun or not, where stream is %s", async (stream) => {
    const started = new Set<string>();
    cria.server.generations.onStart(({ id }) => started.add(id));
    const left = new Promise<void>((resolve) => cria.server.pool.observe({ generationLeft: () => resolve() }));
    const socket = await open();
    const running = new Promise<void>((resolve) => {
      cria.server.generations.onStart((generation) => {
        const unsubscribe = generation.log.subscribe(() => {
          if (generation.log.text === "") return;
          unsubscribe();
          resolve();
        });
      });
    });
    const request = post("/v1/completions", { ...forever, stream });
    socket.write(request + request + request);
    await running;
    socket.destroy();
    await left;
    const status = (await (await fetch(`${cria.url}/api/slots`)).json()) as { generations: unknown[] };
    expect(status.generations).toEqual([]);
    expect(started.size).toBe(1);
  });

  it("[T22] do not begin before the earlier ones are answered, however many they are", async () => {
    let begun = 0;
    cria.server.generations.onStart(() => begun++);
    const socket = await open();
    const first = received(socket, (text) => text.includes("data: "));
    socket.write(post("/v1/completions", { ...forever, stream: true }));
    await first;
    socket.write(post("/v1/completions", { ...forever, stream: true }).repeat(200));
    // Another connection's requests are served meanwhile.
    expect((await fetch(`${cria.url}/v1/models`)).status).toBe(200);
    expect(begun).toBe(1);
  });
});
