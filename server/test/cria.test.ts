import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Cria, type CriaRequest, dalaiEndMarker } from "cria";
import { connect } from "cria/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { installRandomModel, randomModelId } from "./installRandomModel.js";
import { LocalHub } from "./LocalHub.js";
import { TestServer, temporaryHome, untilGone } from "./TestServer.js";

let home: Awaited<ReturnType<typeof temporaryHome>>;
let cria: Cria;
let other: TestServer;
beforeAll(async () => {
  home = await temporaryHome();
  await installRandomModel(home.path);
  cria = new Cria(home.path, { threads: 1, gpu: "off", logLevel: "silent" });
  other = await TestServer.start(installRandomModel);
});
afterAll(async () => {
  await cria.close();
  await other.close();
  await home.remove();
});

const short: CriaRequest = { model: "alpaca.demo", prompt: "Once upon a time", n_predict: 6, seed: 3 };
/** Goes on long enough for something to happen in the middle. */
const long: CriaRequest = { model: randomModelId, prompt: "the cat", n_predict: 4000, temp: "0" };

async function answer(request: CriaRequest): Promise<string[]> {
  const pieces: string[] = [];
  await cria.request(request, (piece) => pieces.push(piece));
  return pieces;
}

describe("request", () => {
  it("[DA6] is answered in this process as at a server, piece by piece", async () => {
    const here = await answer(short);
    const there = await answer({ ...short, url: other.url.replace("http", "ws") });
    expect(here.slice(0, 2)).toEqual(["\r\n", "Once upon a time"]);
    expect(here.at(-1)).toBe(dalaiEndMarker);
    expect(there.join("")).toBe(here.join(""));
    expect(await answer({ ...short, url: other.url, skip_end: true })).not.toContain(dalaiEndMarker);
    expect(await answer({ method: "installed", url: other.url })).toEqual([
      randomModelId,
      "alpaca.demo",
      dalaiEndMarker,
    ]);
  });

  it("tells what goes wrong in a piece, and ends", async () => {
    expect((await answer({ prompt: "word ".repeat(2000), model: "alpaca.demo" })).at(-2)).toContain("context");
    expect(await answer({ ...short, url: "http://127.0.0.1:1" })).toEqual([
      expect.stringContaining("Nothing answers at http://127.0.0.1:1"),
      dalaiEndMarker,
    ]);
  });

  it.each([["this process"], ["a server"]])("[DA7] stops in %s: by stop(), by a signal", async (where) => {
    const request = where === "a server" ? { ...long, url: other.url } : long;
    const controller = new AbortController();
    for (const stop of [() => cria.stop(), () => controller.abort()]) {
      const pieces: string[] = [];
      await cria.request(
        request,
        (piece) => {
          pieces.push(piece);
          if (pieces.length === 5) stop();
        },
        { signal: controller.signal },
      );
      expect(pieces.at(-1)).toBe(dalaiEndMarker);
      expect(pieces.length).toBeLessThan(100);
    }
  });

  it("rejects with what the caller's function throws, here and there, and goes on", async () => {
    const broken = () => {
      throw new Error("mine");
    };
    await expect(cria.request(short, broken)).rejects.toThrow("mine");
    await expect(cria.request({ ...short, url: other.url }, broken)).rejects.toThrow("mine");
    expect((await answer(short)).at(-1)).toBe(dalaiEndMarker);
  });
});

describe("a server of one's own", () => {
  it("has the page, both protocols, and the engine of the object", async () => {
    const server = await cria.serve(0);
    expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: "ready" });
    expect((await answer({ ...short, url: server.url })).at(-1)).toBe(dalaiEndMarker);
    await server.close();
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    expect((await answer(short)).at(-1)).toBe(dalaiEndMarker);
  });

  it("shares a server that listens already, whose own routes stay", async () => {
    const httpServer = createServer((_, response) => response.end("mine"));
    await new Promise<void>((resolve) => httpServer.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
    const sockets = await cria.http(httpServer);
    expect(await (await fetch(`${url}/x`)).text()).toBe("mine");
    expect((await answer({ ...short, url })).at(-1)).toBe(dalaiEndMarker);
    const client = await connect(url);
    expect((await client.models()).map(({ id }) => id)).toEqual([randomModelId, "alpaca.demo"]);
    client.close();
    await sockets.close();
    expect(await (await fetch(`${url}/x`)).text()).toBe("mine");
    await new Promise((resolve) => httpServer.close(resolve));
  });
});

describe("models", () => {
  it("are listed, installed, and removed", async () => {
    const hub = await LocalHub.start();
    const weights = await readFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"));
    hub.add("tiny/Tiny-7M-GGUF", { "m-Q8_0.gguf": weights });
    const before = { ...process.env };
    Object.assign(process.env, { HF_ENDPOINT: hub.endpoint, HF_HOME: "/nonexistent" });
    try {
      const states = new Set<string>();
      expect(await cria.installFrom("tiny/Tiny-7M-GGUF", ({ state }) => states.add(state))).toBe("tiny.7M");
      expect([...states]).toEqual(["running", "installed"]);
      expect(await cria.installed()).toEqual([randomModelId, "tiny.7M", "alpaca.demo"]);
      expect((await answer({ ...short, model: "tiny.7M" })).length).toBeGreaterThan(3);
      await cria.uninstall("tiny", "7M");
      expect(await cria.installed()).toEqual([randomModelId, "alpaca.demo"]);
      await expect(cria.install("alpaca", "7B")).rejects.toMatchObject({
        code: expect.stringMatching(/^(hub|install)_|memory|disk/),
      });
    } finally {
      process.env = before;
      await hub.close();
    }
  });

  it("that are not there, or ship, cannot be installed or removed", async () => {
    await expect(cria.install("llama", "99B")).rejects.toMatchObject({ code: "install_unknown_model" });
    await expect(cria.uninstall("llama", "../../x")).rejects.toMatchObject({ code: "model_not_found" });
    await expect(cria.uninstall("alpaca", "demo")).rejects.toMatchObject({ code: "bad_request" });
    expect(() => new Cria(home.path, { threads: -1 })).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });
});

it("close() ends what is under way and leaves no process behind", async () => {
  const own = new Cria(home.path, { threads: 1, gpu: "off", logLevel: "silent" });
  const server = await own.serve(0);
  const pieces: string[] = [];
  let ended = Promise.resolve();
  await new Promise<void>((resolve) => {
    ended = own.request(long, (piece) => {
      pieces.push(piece);
      if (pieces.length === 4) resolve();
    });
  });
  const workers = (await (await fetch(`${server.url}/api/slots`)).json()) as { models: { processId: number }[] };
  await own.close();
  await ended;
  expect(pieces.at(-1)).toBe(dalaiEndMarker);
  for (const { processId } of workers.models) await untilGone(processId);
  await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  await expect(own.request(short, () => {})).rejects.toMatchObject({ code: "server_closing" });
});
