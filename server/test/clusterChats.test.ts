import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import { PostgresProcess } from "./services/PostgresProcess.js";
import { RedisProcess } from "./services/RedisProcess.js";
import { scriptedWords, TestCluster } from "./services/TestCluster.js";
import { TestClient } from "./TestServer.js";

const available = RedisProcess.available && PostgresProcess.available;

describe.skipIf(!available)("chats on three nodes", () => {
  let postgres: PostgresProcess;
  let cluster: TestCluster;
  const clients: TestClient[] = [];
  beforeAll(async () => {
    postgres = await PostgresProcess.start();
  });
  beforeEach(async () => {
    cluster = await TestCluster.start({ nodes: 3, tokensPerSecond: 100, postgresUrl: postgres.createDatabase() });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await cluster.close();
  });
  afterAll(() => postgres.close());

  const on = async (index: number): Promise<TestClient> => {
    const client = await TestClient.connect(cluster.node(index).url);
    clients.push(client);
    return client;
  };
  const words = (maxTokens: number) => ({ modelId: "a.words", sampling: { maxTokens } });
  const generationOf = ({ generationId = "" }: Message) => generationId;
  /** The index of the node that makes a reply. */
  const makerOf = async (reply: Message): Promise<number> => {
    const redis = await cluster.redisConnection();
    const nodeId = await redis.hget(`cria:generation:${generationOf(reply)}`, "node");
    const said = JSON.parse((await redis.get(`cria:node:${nodeId}`)) ?? "{}");
    return cluster.nodes.findIndex(({ url }) => url === said.url);
  };
  /** Resolves when a message of the conversation has ended, as its readers are told. */
  const untilComplete = (client: TestClient, messageId: string): Promise<Message> =>
    new Promise((resolve) => {
      client.socket.on("conversation:changed", ({ messages }) => {
        const message = messages.find(({ id, status }) => id === messageId && status === "complete");
        if (message !== undefined) resolve(message);
      });
    });

  it("a chat that was begun on one is seen, read and gone on with on every other", async () => {
    const [one, two, three] = [await on(0), await on(1), await on(2)];
    const listed = new Promise<Conversation>((resolve) =>
      two.socket.once("conversation:listed", ({ conversation }) => resolve(conversation)),
    );
    const { conversation, reply } = await one.send("Hello", words(60));
    expect((await listed).id).toBe(conversation.id);
    const opened = await two.request("conversation:open", { conversationId: conversation.id });
    expect(opened.messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
    const complete = untilComplete(two, reply.id);
    await two.follow(generationOf(reply));
    expect((await two.untilEnd(generationOf(reply))).text).toBe(scriptedWords(60));
    expect((await complete).text).toBe(scriptedWords(60));
    const next = await three.send("More", { ...words(5), conversationId: conversation.id, parentId: reply.id });
    await three.follow(generationOf(next.reply));
    await three.untilEnd(generationOf(next.reply));
    const { messages } = await one.request("conversation:open", { conversationId: conversation.id });
    expect(messages.map(({ text }) => text)).toEqual(["Hello", scriptedWords(60), "More", scriptedWords(5)]);
  });

  it("one conversation is served by one node, whichever is asked", async () => {
    const asked = [await on(0), await on(1), await on(2)] as const;
    for (let chat = 0; chat < 4; chat++) {
      const first = await asked[chat % 3]?.send("Hello", words(2));
      if (first === undefined) throw new Error("there is no such node");
      const maker = await makerOf(first.reply);
      await asked[0].follow(generationOf(first.reply));
      await asked[0].untilEnd(generationOf(first.reply));
      const { conversation, reply } = first;
      const more = { ...words(2), conversationId: conversation.id, parentId: reply.id };
      const second = await asked[(chat + 1) % 3]?.send("More", more);
      expect(await makerOf(second?.reply ?? reply)).toBe(maker);
    }
  });

  it("a request that comes twice, on two nodes at once, is served once", async () => {
    const [one, two] = [await on(0), await on(1)];
    const requestId = randomId();
    const sent = await Promise.all([one, two].map((client) => client.send("Hello", { ...words(5), requestId })));
    expect(sent[0]?.reply.id).toBe(sent[1]?.reply.id);
    expect((await one.request("conversation:list", {})).conversations).toHaveLength(1);
  });

  it("a second message while a reply is being made is refused, on whatever node", async () => {
    const [one, two] = [await on(0), await on(1)];
    const { conversation, reply } = await one.send("Hello", words(500));
    const more = {
      ...words(5),
      conversationId: conversation.id,
      parentId: reply.id,
      requestId: randomId(),
      text: "More",
    };
    expect(await two.ask("chat:send", more)).toMatchObject({ ok: false, error: { code: "conversation_busy" } });
    expect(await two.request("generation:stop", { generationId: generationOf(reply) })).toEqual({ stopped: true });
  });

  it("a node is killed in the middle of a reply: another one goes on with it, nothing is lost, nothing comes twice", async () => {
    const readers = [await on(0), await on(1), await on(2)];
    const { conversation, reply } = await (readers[0] as TestClient).send("Hello", words(400));
    const maker = await makerOf(reply);
    const reader = readers[(maker + 1) % 3] as TestClient;
    await reader.request("conversation:open", { conversationId: conversation.id });
    const complete = untilComplete(reader, reply.id);
    await reader.follow(generationOf(reply));
    await reader.until(generationOf(reply), (events) => events.filter(({ type }) => type === "text").length > 50);
    await cluster.node(maker).kill();
    const { text, end, events } = await reader.untilEnd(generationOf(reply));
    expect(end.stopReason).toBe("length");
    expect(text).toBe(scriptedWords(400));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(await complete).toMatchObject({ text: scriptedWords(400), stopReason: "length" });
    expect(await makerOf(reply)).not.toBe(maker);
  });

  it("a node is killed in the middle of many: each goes on once, and their conversations go on being served", async () => {
    const [one, two, three] = [await on(0), await on(1), await on(2)];
    const sent = await Promise.all(Array.from({ length: 12 }, () => two.send("Hello", words(300))));
    for (const { reply } of sent) await three.follow(generationOf(reply));
    await one.follow(generationOf(sent[0]?.reply as Message));
    await three.untilText(generationOf(sent.at(-1)?.reply as Message));
    await cluster.node(0).kill();
    for (const { conversation, reply } of sent) {
      const { text } = await three.untilEnd(generationOf(reply));
      expect(text).toBe(scriptedWords(300));
      const more = { ...words(3), conversationId: conversation.id, parentId: reply.id };
      const next = await two.send("More", more);
      await two.follow(generationOf(next.reply));
      expect((await two.untilEnd(generationOf(next.reply))).text).toBe(scriptedWords(3));
    }
  });

  it("a temporary chat is in one node's memory, and is reached from all of them as long as that one lives", async () => {
    const [one, two] = [await on(0), await on(1)];
    const { conversation, reply } = await one.send("Secret", { ...words(5), temporary: true });
    await two.follow(generationOf(reply));
    await two.untilEnd(generationOf(reply));
    const opened = await two.request("conversation:open", { conversationId: conversation.id });
    expect(opened.messages.at(-1)?.text).toBe(scriptedWords(5));
    const temporary = async (client: TestClient) =>
      (await client.request("conversation:list", {})).conversations.map(({ id }) => id);
    expect(await temporary(two)).toEqual([conversation.id]);
    await two.request("conversation:delete", { conversationId: conversation.id });
    expect(await temporary(one)).toEqual([]);
  });

  it("what a draft would take is told alike by every node", async () => {
    const [one, two, three] = [await on(0), await on(1), await on(2)];
    const { conversation, reply } = await one.send("Hello", words(5));
    await one.follow(generationOf(reply));
    await one.untilEnd(generationOf(reply));
    const request = { modelId: "a.words", conversationId: conversation.id, parentId: reply.id, draft: "More" };
    const counts = await Promise.all([one, two, three].map((client) => client.request("chat:count", request)));
    expect(counts[0]?.draftTokens).toBeGreaterThan(0);
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[2]).toEqual(counts[0]);
  });

  it("a node that leaves in order takes nobody's connection but its own", async () => {
    const [one, two, three] = [await on(0), await on(1), await on(2)];
    const lost = new Promise((resolve) => one.socket.once("disconnect", resolve));
    const left: string[] = [];
    for (const client of [two, three]) client.socket.on("disconnect", (reason) => left.push(reason));
    await cluster.node(0).close();
    await lost;
    // What the nodes tell each other comes in order: after this, whatever the first one said has been heard.
    const listed = new Promise((resolve) => two.socket.once("conversation:listed", resolve));
    await three.send("Hello", words(5));
    await listed;
    expect(left).toEqual([]);
  });
});
