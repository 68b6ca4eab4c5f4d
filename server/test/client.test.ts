import { createServer } from "node:net";
import { type CriaClient, connect } from "cria/client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import type { CriaSocket } from "../socket/Handlers.js";
import { startServer } from "../startServer.js";
import { installRandomModel, randomModelId } from "./installRandomModel.js";
import { TestServer, temporaryHome, testConfig } from "./TestServer.js";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start(installRandomModel);
});
afterAll(() => cria.close());

const clients: CriaClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function connected(url = cria.url, lostAfterMs?: number): Promise<CriaClient> {
  const client = await connect(url, lostAfterMs === undefined ? {} : { lostAfterMs });
  clients.push(client);
  return client;
}

/** Cuts every connection the hard way, as a network does. */
function cut(server = cria.server): void {
  for (const socket of server.io.sockets.sockets.values()) socket.conn.close(true);
}

const model = "alpaca.demo";
const story = { model, messages: [{ role: "user" as const, content: "Tell me a short story about a dog." }] };
/** Goes on long enough for something to happen in the middle. */
const long = { model: randomModelId, prompt: "the cat", ignoreEos: true, maxTokens: 4000, seed: 7 };

describe("generate", () => {
  it("[CL2] yields the pieces of a reply to a chat as they come", async () => {
    const client = await connected();
    const phases: string[] = [];
    const reply = client.generate({ ...story, seed: 1, onPhase: ({ phase }) => phases.push(phase) });
    const pieces: string[] = [];
    for await (const piece of reply) pieces.push(piece);
    const { text, stopReason, stats } = await reply.result;
    expect(pieces.length).toBeGreaterThan(10);
    expect(pieces.join("")).toBe(text);
    expect(stopReason).toBe("end");
    expect(stats).toMatchObject({ seed: 1, contextTokens: 512 });
    expect(phases.at(-1)).toBe("answering");
  });

  it("[CL2] continues a text, and gives the whole at once to who only waits", async () => {
    const client = await connected();
    const { text, stopReason } = await client.generate({ model, prompt: "Once upon a time", maxTokens: 5 }).result;
    expect(text).not.toBe("");
    expect(stopReason).toBe("length");
  });

  it("[CL2] in the background waits behind those who watch", async () => {
    const client = await connected();
    await client.request("model:load", { modelId: model });
    const lanes = cria.server.pool.plan(model)?.sequences ?? 0;
    const endless = { model, prompt: "Once", ignoreEos: true, maxTokens: 100_000 };
    const places = { background: 0, watched: 0 };
    const ask = (priority: "background" | "watched") =>
      client.generate({
        ...endless,
        priority,
        onPhase: (phase) => {
          if (phase.phase === "queued") places[priority] = phase.position;
        },
      });
    const filling = Array.from({ length: lanes }, () =>
      client.request("generation:start", {
        modelId: model,
        prompt: "Once",
        contextOverflow: "shift",
        sampling: { ignoreEos: true, maxTokens: 100_000 },
      }),
    );
    const busy = await Promise.all(filling);
    const background = ask("background");
    await expect.poll(() => places.background).toBe(1);
    const watched = ask("watched");
    await expect.poll(() => [places.watched, places.background]).toEqual([1, 2]);
    await Promise.all([background.stop(), watched.stop()]);
    for (const { generationId } of busy) await client.request("generation:stop", { generationId });
  });

  it("[CL3] stops where it stands", async () => {
    const client = await connected();
    const reply = client.generate(long);
    let text = "";
    for await (const piece of reply) {
      if (text === "") void reply.stop();
      text += piece;
    }
    expect(await reply.result).toMatchObject({ stopReason: "stopped", text });
    await reply.stop();
  });

  it("[CL3] is stopped by a signal and by leaving the loop", async () => {
    const client = await connected();
    const controller = new AbortController();
    const signalled = client.generate({ ...long, signal: controller.signal });
    for await (const _ of signalled) controller.abort();
    expect((await signalled.result).stopReason).toBe("stopped");
    const left = client.generate(long);
    for await (const _ of left) break;
    expect((await left.result).stopReason).toBe("stopped");
    const early = client.generate({ ...long, signal: AbortSignal.abort() });
    expect((await early.result).stopReason).toBe("stopped");
  });

  it("throws what the server refuses, with the field and what to do", async () => {
    const client = await connected();
    const failure = (request: Parameters<CriaClient["generate"]>[0]) =>
      client.generate(request).result.then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await failure({ ...story, model: "llama.65B" })).toMatchObject({
      name: "CriaError",
      code: "model_not_found",
      hint: "Installed: random.long, alpaca.demo.",
    });
    expect(await failure({ ...story, temperature: 99 })).toMatchObject({ field: "sampling.temperature" });
  });
});

describe("a connection that is lost", () => {
  it("[CL4] costs not one character, however often it is cut", async () => {
    const client = await connected();
    const reply = client.generate({ ...long, maxTokens: 1000 });
    let [text, cuts] = ["", 0];
    // Each new connection is cut as well: the first at once, the next when it has asked for what it missed.
    const cutAgain = (socket: CriaSocket) => {
      if (cuts === 1) socket.conn.close(true);
      else if (cuts === 2) socket.onAny((name: string) => name === "generation:follow" && socket.conn.close(true));
      else return;
      cuts++;
    };
    cria.server.io.on("connection", cutAgain);
    for await (const piece of reply) {
      text += piece;
      if (cuts > 0) continue;
      cuts = 1;
      cut();
    }
    cria.server.io.off("connection", cutAgain);
    expect(cuts).toBe(3);
    expect(text).toBe(cria.server.generations.get(await reply.id, "local").log.text);
    expect((await reply.result).text).toBe(text);
  });

  it("[CL4] before the answer came sends the request again, which is done once", async () => {
    const client = await connected();
    const before = cria.server.generations.running.length;
    const reply = client.generate(long);
    cut();
    await reply.id;
    expect(cria.server.generations.running.length - before).toBeLessThanOrEqual(1);
    await reply.stop();
    await reply.result;
    const requestId = randomId();
    const request = { requestId, modelId: model, prompt: "x", sampling: { maxTokens: 1 } };
    const first = await client.request("generation:start", request);
    expect(await client.request("generation:start", request)).toEqual(first);
  });

  it("[CL5] and a server that was started again: a clear error, and the text so far", async () => {
    const home = await temporaryHome();
    await installRandomModel(home.path);
    const config = testConfig(home.path);
    let server = await startServer(config);
    const client = await connected(server.url);
    const reply = client.generate(long);
    for await (const _ of { [Symbol.asyncIterator]: () => firstOnly(reply) });
    const back = new Promise<void>((resolve) => client.onConnection((is) => is && resolve()));
    const { port } = server;
    await server.close();
    server = await startServer({ ...config, port });
    await back;
    const error: unknown = await reply.result.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "generation_not_found", message: expect.stringContaining("started again") });
    expect(error).toHaveProperty("text", reply.text);
    expect(reply.text).not.toBe("");
    expect((await client.generate({ model, prompt: "Once", maxTokens: 2 }).result).text).not.toBe("");
    client.close();
    await server.close();
    await home.remove();
  });

  it("[CL5] for good ends what is under way after the time that was given", async () => {
    const home = await temporaryHome();
    await installRandomModel(home.path);
    const server = await startServer(testConfig(home.path));
    const client = await connected(server.url, 50);
    const reply = client.generate(long);
    for await (const _ of { [Symbol.asyncIterator]: () => firstOnly(reply) });
    await server.close();
    const error: unknown = await reply.result.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "connection_lost", text: reply.text });
    await expect(client.models()).rejects.toMatchObject({ code: "connection_lost" });
    await home.remove();
  });

  it("[CL6] is joined to its conversation again", async () => {
    const client = await connected();
    const { conversation } = await client.request("chat:send", {
      requestId: randomId(),
      modelId: model,
      text: "Hello",
    });
    const changes: number[] = [];
    const wakers: (() => void)[] = [];
    const leave = await client.openConversation(conversation.id, ({ messages }) => {
      changes.push(messages.length);
      for (const wake of wakers.splice(0)) wake();
    });
    expect(changes[0]).toBe(2);
    const reopened = new Promise<void>((resolve) => {
      const look = () => (changes.filter((count) => count === 2).length > 1 ? resolve() : wakers.push(look));
      look();
    });
    cut();
    await reopened;
    leave();
  });
});

describe("connect", () => {
  it("[CL7] says that nothing answers", async () => {
    const probe = createServer();
    const port = await new Promise<number>((resolve) =>
      probe.listen(0, "127.0.0.1", () => {
        const address = probe.address();
        probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
      }),
    );
    await expect(connect(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: "connection_lost",
      message: expect.stringContaining(`http://127.0.0.1:${port}`),
      hint: "Start it with: cria serve",
    });
  });

  it("[CL6] tells of models", async () => {
    const client = await connected();
    await client.request("model:unload", { modelId: model });
    expect((await client.models()).map(({ id }) => id)).toEqual([randomModelId, model]);
    const ready = new Promise<void>((resolve) => {
      const end = client.on("model:changed", ({ models }) => {
        if (models[0]?.id !== model || models[0].status.state !== "ready") return;
        end();
        resolve();
      });
    });
    await client.request("model:load", { modelId: model });
    await ready;
  });

  it("[CL2] reads a generation that somebody else started, from the beginning or from an entry on", async () => {
    const [a, b] = [await connected(), await connected()];
    const reply = a.generate({ ...story, seed: 3, maxTokens: 30 });
    const id = await reply.id;
    const { text } = await reply.result;
    expect((await b.follow(id).result).text).toBe(text);
    const end = b.follow(id, { afterSeq: reply.seq - 1 });
    expect((await end.result).text).toBe("");
  });
});

/** The first piece of a reply, without ending it. */
async function* firstOnly(reply: AsyncIterable<string>): AsyncGenerator<string> {
  const iterator = reply[Symbol.asyncIterator]();
  const { value } = await iterator.next();
  yield value;
}
