import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { io, type Socket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { DalaiClientToServerEvents, DalaiServerToClientEvents } from "../protocol/dalai.js";
import { installRandomModel, randomModelId } from "./installRandomModel.js";
import { TestServer } from "./TestServer.js";

const end = "\n\n<end>";
let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start(installRandomModel);
});
afterAll(() => cria.close());

type DalaiSocket = Socket<DalaiServerToClientEvents, DalaiClientToServerEvents>;
type Result = Parameters<DalaiServerToClientEvents["result"]>[0];

/** A client of Dalai's: sends `request`, gathers `result` and `response`. */
class DalaiClient {
  readonly socket: DalaiSocket;
  readonly results: Result[] = [];
  readonly responses: string[] = [];
  /** Events that came and are not Dalai's two. */
  readonly others = new Set<string>();
  readonly #waiters = new Set<() => void>();

  private constructor(socket: DalaiSocket) {
    this.socket = socket;
    socket.on("response", (text) => this.responses.push(text));
    socket.on("result", (result) => {
      this.results.push(result);
      for (const waiter of [...this.#waiters]) waiter();
    });
    socket.onAny((name: string) => {
      if (name !== "result" && name !== "response") this.others.add(name);
    });
  }

  static connect(): Promise<DalaiClient> {
    const client = new DalaiClient(io(cria.url, { transports: ["websocket"], forceNew: true, reconnection: false }));
    clients.push(client);
    return new Promise((resolve, reject) => {
      client.socket.once("connect", () => resolve(client));
      client.socket.once("connect_error", reject);
    });
  }

  send(payload: unknown): void {
    this.socket.emit("request", payload);
  }

  until(enough: (results: Result[]) => boolean): Promise<Result[]> {
    return new Promise((resolve) => {
      const look = () => {
        if (!enough(this.results)) return;
        this.#waiters.delete(look);
        resolve(this.results);
      };
      this.#waiters.add(look);
      look();
    });
  }

  /** The pieces of all answers so far, once `count` end markers came. */
  async untilEnds(count = 1): Promise<string[]> {
    await this.until((results) => results.filter(({ response }) => response === end).length >= count);
    return this.results.map(({ response }) => response);
  }

  async answer(payload: unknown): Promise<string[]> {
    const before = this.results.length;
    this.send(payload);
    await this.until((results) => results.slice(before).some(({ response }) => response === end));
    return this.results.slice(before).map(({ response }) => response);
  }
}

const clients: DalaiClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.socket.disconnect();
});

const short = { prompt: "Once upon a time", model: "alpaca.demo", n_predict: 6, seed: 3 };
/** Goes on long enough for something to happen in the middle. */
const long = { prompt: "the cat", model: randomModelId, n_predict: 4000, temp: "0" };

describe("an answer", () => {
  it("[DA6] [DA5] is a harmless piece, the prompt, the model's text and one end marker", async () => {
    const client = await DalaiClient.connect();
    const pieces = await client.answer(short);
    expect(pieces.slice(0, 2)).toEqual(["\r\n", short.prompt]);
    expect(pieces.slice(2, -1).join("").length).toBeGreaterThan(5);
    expect(pieces.filter((piece) => piece.includes("<end>"))).toEqual([end]);
    expect(client.responses).toEqual(pieces);
  });

  it("[DA2] goes to the socket that asked and to no other, and no event called error is ever sent", async () => {
    const [asking, other] = [await DalaiClient.connect(), await DalaiClient.connect()];
    await asking.answer(short);
    await asking.answer({ prompt: "x ".repeat(2000), model: "alpaca.demo" });
    expect(await other.answer({ method: "installed" })).toEqual([randomModelId, "alpaca.demo", end]);
    expect(other.responses).toHaveLength(3);
    expect([...asking.others, ...other.others].filter((name) => name === "error")).toEqual([]);
  });

  it("[DA3] carries the request, its id unchanged whatever it is", async () => {
    const client = await DalaiClient.connect();
    for (const id of ["TS-1", 7, null, undefined, { a: [1] }]) {
      const before = client.results.length;
      await client.answer({ ...short, id, n_predict: 1 });
      // JSON has no `undefined`: a key without a value does not cross the wire.
      const echoed = { ...short, ...(id === undefined ? {} : { id }), n_predict: 1, models: [] };
      for (const { request } of client.results.slice(before)) expect(request).toEqual(echoed);
    }
  });

  it("[DA4] to a question for the models is their names, whatever else the request holds", async () => {
    const client = await DalaiClient.connect();
    const request = {
      method: "installed",
      prompt: "Hi",
      model: "alpaca.demo",
      skip_end: true,
      html: true,
      debug: true,
    };
    expect(await client.answer(request)).toEqual([randomModelId, "alpaca.demo", end]);
  });

  it("[DA5] leaves the end marker out with skip_end", async () => {
    const client = await DalaiClient.connect();
    client.send({ ...short, skip_end: true, id: "first" });
    await client.until((results) => results.length >= 3);
    const names = await client.answer({ method: "installed", skip_end: true });
    expect(names.at(-1)).toBe(end);
    await client.answer({ ...short, id: "second" });
    const first = client.results.filter(({ request }) => request.id === "first");
    expect(first.map(({ response }) => response)).not.toContain(end);
  });

  it("[DA5] sends a prompt that looks like the end marker in two pieces", async () => {
    const client = await DalaiClient.connect();
    const pieces = await client.answer({ ...short, prompt: end });
    expect(pieces.slice(0, 3)).toEqual(["\r\n", "\n\n<", "end>"]);
    expect(pieces.filter((piece) => piece.trim() === "<end>")).toEqual([end]);
  });

  it("[DA11] is encoded for HTML when asked, the end marker is not", async () => {
    const client = await DalaiClient.connect();
    const pieces = await client.answer({ ...short, prompt: "<b>\n& é", html: true });
    expect(pieces.slice(0, 2)).toEqual(["<br>", "&lt;b&gt;<br>&amp; &#233;"]);
    expect(pieces.at(-1)).toBe(end);
  });

  it("[DA10] comes from an installed model when the one asked for is missing, and says when it is another", async () => {
    const client = await DalaiClient.connect();
    expect((await client.answer({ ...short, model: undefined, models: ["llama.65B"] }))[1]).toBe(short.prompt);
    expect((await client.answer({ ...short, model: "" }))[1]).toBe(short.prompt);
    expect((await client.answer({ ...short, model: "DEMO" }))[1]).toBe(short.prompt);
    expect((await client.answer({ ...short, model: "llama.65B" }))[1]).toBe(
      `(llama.65B is not installed: ${randomModelId} answers.)\r\n`,
    );
  });

  it("[DA13] runs an unknown slash command as a prompt", async () => {
    const client = await DalaiClient.connect();
    for (const prompt of ["/help", "/../../../../package.json", "/stop now"])
      expect((await client.answer({ ...short, prompt }))[1]).toBe(prompt);
  });

  it("[DA9] is the same twice for the same seed", async () => {
    const client = await DalaiClient.connect();
    const text = async () => (await client.answer({ ...short, n_predict: "20", temp: "1.5", seed: "9" })).join("");
    expect(await text()).toBe(await text());
  });
});

describe("errors", () => {
  it("[DA5] are told as text and end like every answer", async () => {
    const client = await DalaiClient.connect();
    const full = await client.answer({ prompt: "The quick brown fox. ".repeat(300), model: "alpaca.demo" });
    expect(full.at(-2)).toMatch(/takes \d+ tokens and the model's context holds 512/);
    const tooLong = await client.answer({ prompt: "x".repeat(200_001), model: "alpaca.demo" });
    expect(tooLong).toEqual(["\r\n", expect.stringContaining("200001 characters"), end]);
  });

  it("[DA5] [T27] of a dead worker end the answer, and the next one is served", async () => {
    const client = await DalaiClient.connect();
    client.send(long);
    await client.until((results) => results.length >= 4);
    process.kill(cria.server.pool.processId(randomModelId) ?? 0, "SIGKILL");
    const pieces = await client.untilEnds();
    expect(pieces.at(-2)).toContain("process that held random.long ended");
    expect((await client.answer(short)).at(-1)).toBe(end);
  });

  it("[DA1] answer payloads that are no requests", async () => {
    const client = await DalaiClient.connect();
    for (const payload of [undefined, null, 5, "hello", [], {}, { prompt: "" }, { prompt: {} }, { models: 7 }]) {
      const before = client.results.length;
      expect(await client.answer(payload)).toEqual(["\r\n", expect.stringContaining("no prompt"), end]);
      for (const { request } of client.results.slice(before)) expect(request).toMatchObject({ models: [] });
    }
    const emit = client.socket.emit.bind(client.socket) as (...args: unknown[]) => void;
    emit("request");
    await client.untilEnds(10);
  });

  it("[DA15] tell that a connection has too many answers under way", async () => {
    const client = await DalaiClient.connect();
    for (let index = 0; index < 65; index++) client.send({ ...long, id: index });
    const results = await client.until((all) =>
      all.some(({ request, response }) => request.id === 64 && response === end),
    );
    const refused = results.filter(({ request }) => request.id === 64).map(({ response }) => response);
    expect(refused).toEqual(["\r\n", expect.stringContaining("at most 64"), end]);
    client.send({ prompt: "/stop" });
    await client.untilEnds(65);
  });
});

describe("/stop", () => {
  it("[DA7] ends the socket's answers at once, and nothing of them comes after", async () => {
    const client = await DalaiClient.connect();
    client.send({ ...long, id: "a" });
    client.send({ ...long, id: "b", skip_end: true });
    await client.until((results) => results.length >= 8);
    client.send({ prompt: "/stop" });
    await client.untilEnds();
    await client.answer({ ...short, id: "c" });
    const pieces = (id: string) =>
      client.results.filter(({ request }) => request.id === id).map(({ response }) => response);
    expect(pieces("a").indexOf(end)).toBe(pieces("a").length - 1);
    expect(pieces("b")).not.toContain(end);
    const firstOfC = client.results.findIndex(({ request }) => request.id === "c");
    expect(client.results.slice(firstOfC).every(({ request }) => request.id === "c")).toBe(true);
  });

  it("[DA7] leaves other sockets alone, and is nothing when nothing runs", async () => {
    const [running, other] = [await DalaiClient.connect(), await DalaiClient.connect()];
    other.send({ prompt: "/stop" });
    running.send({ ...long, n_predict: 300 });
    await running.until((results) => results.length >= 4);
    other.send({ prompt: "/stop" });
    other.send({ prompt: "/stop" });
    await other.answer({ method: "installed" });
    expect(other.results).toHaveLength(3);
    const before = running.results.length;
    const pieces = await running.untilEnds();
    expect(pieces.slice(before - 1, -1).join("")).not.toBe("");
  });
});

it("[DA8] a client that goes away stops its answers", async () => {
  const client = await DalaiClient.connect();
  client.send(long);
  await client.until((results) => results.length >= 4);
  const [generation] = cria.server.generations.running;
  const ended = new Promise<unknown>((resolve) => {
    generation?.log.subscribe(() => {
      if (generation.log.ended) resolve(generation.log.read(generation.log.lastSeq - 1));
    });
  });
  client.socket.disconnect();
  expect(await ended).toEqual([expect.objectContaining({ type: "end", stopReason: "stopped" })]);
});

describe("GET /prompts", () => {
  it("[DA14] lists templates in Dalai's shape, with Dalai's markers, and the user's own", async () => {
    await writeFile(join(cria.homePath, "prompts", "mine.txt"), "Dear {{ name }}, >PROMPT");
    const response = await fetch(`${cria.url}/prompts`);
    const prompts = (await response.json()) as { name: string; value: string; editable: boolean }[];
    expect(response.status).toBe(200);
    expect(prompts).toHaveLength(8);
    expect(prompts[0]).toMatchObject({ name: "default", editable: false });
    expect(prompts[0]?.value).toContain("### Instruction:\n>PROMPT\n\n### Response:\n");
    expect(prompts.at(-1)).toEqual({ name: "mine", value: "Dear >NAME, >PROMPT", editable: true });
  });
});
