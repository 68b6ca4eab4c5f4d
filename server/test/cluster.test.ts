import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../client/connect.js";
import { randomId } from "../platform/randomId.js";
import { PostgresProcess } from "./services/PostgresProcess.js";
import { RedisProcess } from "./services/RedisProcess.js";
import { TcpBalancer } from "./services/TcpBalancer.js";
import { scriptedWords, TestCluster } from "./services/TestCluster.js";
import { TestClient } from "./TestServer.js";

const available = RedisProcess.available && PostgresProcess.available;

describe.skipIf(!available)("three nodes", () => {
  let postgres: PostgresProcess;
  let cluster: TestCluster;
  const clients: TestClient[] = [];
  beforeAll(async () => {
    postgres = await PostgresProcess.start();
    cluster = await TestCluster.start({ nodes: 3, tokensPerSecond: 100, postgresUrl: postgres.url });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await cluster.close();
    await postgres.close();
  });
  const on = async (index: number): Promise<TestClient> => {
    const client = await TestClient.connect(cluster.node(index).url);
    clients.push(client);
    return client;
  };
  const start = async (client: TestClient, maxTokens: number, modelId = "a.words", requestId = randomId()) =>
    (
      await client.request("generation:start", {
        requestId,
        modelId,
        prompt: undefined,
        messages: [{ role: "user", content: "Go" }],
        sampling: { maxTokens },
      })
    ).generationId;

  it("[GL3] a generation is read from any of them, from its beginning or from the middle", async () => {
    const [one, two, three] = [await on(0), await on(1), await on(2)];
    const id = await start(one, 100);
    await one.follow(id);
    await two.follow(id);
    await one.untilText(id);
    const seen = one.events.get(id)?.at(-1)?.seq ?? 0;
    await three.follow(id, seen);
    const ends = await Promise.all([one.untilEnd(id), two.untilEnd(id), three.untilEnd(id)]);
    expect(ends[0].text).toBe(scriptedWords(100));
    expect(ends[1].events).toEqual(ends[0].events);
    expect(ends[2].events).toEqual(ends[0].events.filter(({ seq }) => seq > seen));
    // And after its end.
    const late = await on(1);
    await late.follow(id);
    expect((await late.untilEnd(id)).text).toBe(scriptedWords(100));
  });

  it("a generation is stopped from any of them", async () => {
    const [one, two] = [await on(0), await on(1)];
    const id = await start(one, 2000);
    await one.follow(id);
    await one.untilText(id);
    expect(await two.request("generation:stop", { generationId: id })).toEqual({ stopped: true });
    expect((await one.untilEnd(id)).end.stopReason).toBe("stopped");
    expect(await two.request("generation:stop", { generationId: id })).toEqual({ stopped: false });
  });

  it("a request that comes again, elsewhere, starts nothing", async () => {
    const [one, two] = [await on(0), await on(1)];
    const requestId = randomId();
    const id = await start(one, 10, "a.words", requestId);
    expect(await start(two, 10, "a.words", requestId)).toBe(id);
  });

  it("an engine that dies ends its generations clearly, and no others", async () => {
    const [one, two] = [await on(0), await on(1)];
    const [onA, onB] = [await start(one, 100, "a.words"), await start(one, 5000, "b.words")];
    await two.follow(onA);
    await two.follow(onB);
    await two.untilText(onB);
    await cluster.engines.b.kill();
    const { end, text } = await two.untilEnd(onB);
    expect(end).toMatchObject({ stopReason: "error", error: { code: expect.stringMatching(/^engine_/) } });
    expect(scriptedWords(5000).startsWith(text)).toBe(true);
    expect((await two.untilEnd(onA)).end.stopReason).toBe("length");
  });

  it("long polling is not offered", async () => {
    await expect(TestClient.connect(cluster.node(0).url, { transports: ["polling"] })).rejects.toThrow();
  });

  it("Redis is killed in the middle of replies and comes back: nothing is lost or doubled", async () => {
    const [one, two] = [await on(0), await on(1)];
    const ids = await Promise.all(Array.from({ length: 10 }, () => start(one, 300)));
    for (const [index, id] of ids.entries()) await (index % 2 === 0 ? one : two).follow(id);
    await one.untilText(ids[0] ?? "");
    await cluster.redis.kill();
    await cluster.redis.run();
    for (const [index, id] of ids.entries()) {
      const { text, events } = await (index % 2 === 0 ? one : two).untilEnd(id);
      expect(text).toBe(scriptedWords(300));
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
    }
  });

  it("500 sockets, through a balancer that sticks to nothing, each with a reply of its own", async () => {
    const sockets = await Promise.all(Array.from({ length: 500 }, () => TestClient.connect(cluster.balancer.url)));
    clients.push(...sockets);
    const ids = await Promise.all(sockets.map((socket) => start(socket, 20)));
    // Each is read by somebody else, wherever that one is.
    await Promise.all(sockets.map((socket, index) => socket.follow(ids[(index + 1) % ids.length] ?? "")));
    const texts = await Promise.all(
      sockets.map((socket, index) => socket.untilEnd(ids[(index + 1) % ids.length] ?? "")),
    );
    expect(texts.filter(({ text }) => text !== scriptedWords(20))).toEqual([]);
    for (const socket of sockets) socket.close();
  });

  it("[T6] [T28] nobody reads or stops what another one began, on whatever node", async () => {
    const id = await start(await on(0), 2000);
    const redis = await cluster.redisConnection();
    const record = await redis.hget(`cria:generation:${id}`, "facts");
    await redis.hset(`cria:generation:${id}`, "facts", (record ?? "").replace('"owner":"local"', '"owner":"somebody"'));
    const two = await on(1);
    for (const request of ["generation:follow", "generation:stop"] as const)
      expect(await two.ask(request, { generationId: id, afterSeq: 0 })).toMatchObject({
        ok: false,
        error: { code: "generation_not_found" },
      });
    await (await on(0)).request("generation:stop", { generationId: id });
  });

  it("[T28] one that cannot reach Redis says so, and nothing of its address", async () => {
    const wrong = cluster.redis.url.replace(cluster.redis.password, "not-the-password");
    const failed: unknown = await cluster.addNode({ redisUrl: wrong }).catch((error: unknown) => error);
    expect(String(failed)).toContain("Redis does not answer as it should (WRONGPASS)");
    expect(String(failed)).not.toContain("not-the-password");
  });

  it("the client of programs goes on at another node when its own is killed", async () => {
    // The third one serves nobody else any more; the reply is made on the first.
    const id = await start(await on(0), 300);
    const balancer = await TcpBalancer.start([2, 1].map((index) => Number(new URL(cluster.node(index).url).port)));
    const client = await connect(balancer.url);
    try {
      const reader = client.follow(id);
      let text = "";
      for await (const piece of reader) {
        if (text === "") await cluster.node(2).kill();
        text += piece;
      }
      expect(text).toBe(scriptedWords(300));
    } finally {
      client.close();
      await balancer.close();
    }
  });

  it("a node dies in the middle of a reply that is in no chat: it ends clearly, with the text that there is", async () => {
    const [one, two] = [await on(0), await on(1)];
    const id = await start(one, 5000);
    await two.follow(id);
    await two.untilText(id);
    await cluster.node(0).kill();
    const { end, text } = await two.untilEnd(id);
    expect(end).toMatchObject({ stopReason: "error", error: { code: "server_ended" } });
    expect(scriptedWords(5000).startsWith(text)).toBe(true);
    expect(text).not.toBe("");
  });

  it("a node ends in order, and soon, when Redis is gone", async () => {
    await cluster.redis.kill();
    await cluster.node(1).close();
    expect(() => process.kill(cluster.node(1).processId, 0)).toThrow();
  });
});
