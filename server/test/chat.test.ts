import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import { TestServer, textOf, untilGone } from "./TestServer.js";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start();
});
afterAll(() => cria.close());

const story = "Tell me a short story about a dog.";
/** Long enough that something can happen in the middle. */
const long = { sampling: { ignoreEos: true, maxTokens: 400, seed: 7 } };

describe("a chat", () => {
  it("[CH1] answers through the real engine, in order, and stores what was shown", async () => {
    const client = await cria.connect();
    // Greedily: a story of chance may be longer than the limit.
    const { conversation, userMessage, reply } = await client.send(story, { sampling: { temperature: 0 } });
    expect(reply).toMatchObject({ role: "assistant", parentId: userMessage.id, status: "generating" });
    await client.follow(reply.generationId ?? "");
    const { text, end, events } = await client.untilEnd(reply.generationId ?? "");
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(text.length).toBeGreaterThan(40);
    expect(end).toMatchObject({ stopReason: "end", stats: { contextTokens: 512 } });
    expect(end.stats?.generatedTokens).toBe(
      events.reduce((sum, event) => sum + (event.type === "text" ? event.tokenCount : 0), 0),
    );
    const phases = events.flatMap((event) => (event.type === "phase" ? [event.phase.phase] : []));
    expect(phases.at(-1)).toBe("answering");
    expect(phases).toContain("reading");
    const opened = await client.request("conversation:open", { conversationId: conversation.id });
    expect(opened.conversation).toMatchObject({ title: story, headMessageId: reply.id });
    expect(opened.messages).toEqual([
      userMessage,
      expect.objectContaining({ id: reply.id, text, status: "complete", stopReason: "end" }),
    ]);
  });

  it("[GL3] replays from any cursor: a reader that was away has what the others have", async () => {
    const [a, b] = [await cria.connect(), await cria.connect()];
    const { reply } = await a.send(story, long);
    const id = reply.generationId ?? "";
    await a.follow(id);
    const seen = await a.untilText(id);
    const cursor = seen.at(-1)?.seq ?? 0;
    a.close();
    const again = await cria.connect();
    await Promise.all([again.follow(id, cursor), b.follow(id)]);
    const [rest, whole] = await Promise.all([again.untilEnd(id), b.untilEnd(id)]);
    expect(rest.events[0]?.seq).toBe(cursor + 1);
    expect(textOf(seen) + rest.text).toBe(whole.text);
    const late = await cria.connect();
    await late.follow(id);
    expect((await late.untilEnd(id)).text).toBe(whole.text);
  });

  it("[CH6] shows two windows of one conversation the same", async () => {
    const [a, b] = [await cria.connect(), await cria.connect()];
    const first = await a.send("Who are you?");
    await b.request("conversation:open", { conversationId: first.conversation.id });
    await a.follow(first.reply.generationId ?? "");
    await a.untilEnd(first.reply.generationId ?? "");
    const heard = new Promise<string>((resolve) => {
      b.socket.on("conversation:changed", ({ messages }) => {
        const reply = messages.find((message) => message.status === "generating");
        if (reply?.generationId !== undefined) resolve(reply.generationId);
      });
    });
    const second = await a.send("What is a llama?", {
      conversationId: first.conversation.id,
      parentId: first.reply.id,
    });
    const generationId = await heard;
    expect(generationId).toBe(second.reply.generationId);
    await Promise.all([a.follow(generationId), b.follow(generationId)]);
    expect((await b.untilEnd(generationId)).text).toBe((await a.untilEnd(generationId)).text);
  });

  it("[CH2] remembers the turns before, and finds their tokens in the KV cache", async () => {
    const client = await cria.connect();
    const greedy = { sampling: { temperature: 0 } };
    const first = await client.send("My name is Tom.", greedy);
    await client.follow(first.reply.generationId ?? "");
    await client.untilEnd(first.reply.generationId ?? "");
    const second = await client.send("What is my name?", {
      ...greedy,
      conversationId: first.conversation.id,
      parentId: first.reply.id,
    });
    await client.follow(second.reply.generationId ?? "");
    const { text, end } = await client.untilEnd(second.reply.generationId ?? "");
    expect(text).toContain("Tom");
    expect(end.stats?.cachedTokens).toBeGreaterThan(30);
  });

  it("[CH5] regenerates beside the old reply", async () => {
    const client = await cria.connect();
    const first = await client.send("Who are you?");
    await client.follow(first.reply.generationId ?? "");
    await client.untilEnd(first.reply.generationId ?? "");
    const again = await client.request("chat:regenerate", { requestId: randomId(), messageId: first.reply.id });
    await client.follow(again.reply.generationId ?? "");
    await client.untilEnd(again.reply.generationId ?? "");
    const { conversation, messages } = await client.request("conversation:open", {
      conversationId: first.conversation.id,
    });
    expect(conversation.headMessageId).toBe(again.reply.id);
    expect(messages.filter((message) => message.parentId === first.userMessage.id)).toHaveLength(2);
  });

  it("[CH3] serves a request that comes twice once", async () => {
    const client = await cria.connect();
    const requestId = randomId();
    const first = await client.send("Who are you?", { requestId });
    const second = await client.send("Who are you?", { requestId });
    expect(second.reply.id).toBe(first.reply.id);
    expect(
      (await client.request("conversation:open", { conversationId: first.conversation.id })).messages,
    ).toHaveLength(2);
  });

  it("[CH7] refuses to go on from a reply that is still being made", async () => {
    const client = await cria.connect();
    const { conversation, reply } = await client.send(story, long);
    const result = await client.ask("chat:send", {
      requestId: randomId(),
      modelId: "alpaca.demo",
      text: "x",
      conversationId: conversation.id,
      parentId: reply.id,
    });
    expect(result).toMatchObject({ ok: false, error: { code: "conversation_busy" } });
    await client.request("generation:stop", { generationId: reply.generationId ?? "" });
  });

  it("deletes a conversation and stops what is made in it, in every window", async () => {
    const [a, b] = [await cria.connect(), await cria.connect()];
    const { conversation, reply } = await a.send(story, long);
    const gone = new Promise((resolve) =>
      b.socket.once("conversation:deleted", ({ conversationId }) => resolve(conversationId)),
    );
    await a.follow(reply.generationId ?? "");
    await a.untilText(reply.generationId ?? "");
    await a.request("conversation:delete", { conversationId: conversation.id });
    expect(await gone).toBe(conversation.id);
    expect((await a.untilEnd(reply.generationId ?? "")).end.stopReason).toBe("stopped");
    expect(await a.ask("conversation:open", { conversationId: conversation.id })).toMatchObject({
      ok: false,
      error: { code: "conversation_not_found" },
    });
  });
});

describe("stop", () => {
  it("[GL5] ends the reply where it stands, and what was shown is what is kept", async () => {
    const client = await cria.connect();
    const { conversation, reply } = await client.send(story, long);
    const id = reply.generationId ?? "";
    await client.follow(id);
    await client.untilText(id);
    expect(await client.request("generation:stop", { generationId: id })).toEqual({ stopped: true });
    const { text, end } = await client.untilEnd(id);
    expect(end.stopReason).toBe("stopped");
    expect(text).not.toBe("");
    const { messages } = await client.request("conversation:open", { conversationId: conversation.id });
    expect(messages.at(-1)).toMatchObject({ text, status: "complete", stopReason: "stopped" });
    expect(await client.request("generation:stop", { generationId: id })).toEqual({ stopped: false });
  });

  it("[GL5] closing the window stops nothing", async () => {
    const client = await cria.connect();
    const { reply } = await client.send("Who are you?");
    const id = reply.generationId ?? "";
    client.close();
    const other = await cria.connect();
    await other.follow(id);
    expect((await other.untilEnd(id)).end.stopReason).toBe("end");
  });

  it("leaves the queue when a waiting generation is stopped", async () => {
    const client = await cria.connect();
    const replies = await Promise.all(Array.from({ length: 20 }, () => client.send(story, long)));
    const ids = replies.map(({ reply }) => reply.generationId ?? "");
    await Promise.all(ids.map((id) => client.follow(id)));
    const waiting = await Promise.race(
      ids.map((id) =>
        client
          .until(id, (events) => events.some((event) => event.type === "phase" && event.phase.phase === "queued"))
          .then(() => id),
      ),
    );
    await client.request("generation:stop", { generationId: waiting });
    expect((await client.untilEnd(waiting)).end.stopReason).toBe("stopped");
    await Promise.all(ids.map((id) => client.request("generation:stop", { generationId: id })));
    await Promise.all(ids.map((id) => client.untilEnd(id)));
  });
});

describe("a worker that dies", () => {
  it("[T27] ends its reply with a clear error and the text so far; the next request starts a new one", async () => {
    const client = await cria.connect();
    const { conversation, reply } = await client.send(story, long);
    const id = reply.generationId ?? "";
    await client.follow(id);
    await client.untilText(id);
    const processId = cria.server.pool.processId("alpaca.demo") ?? 0;
    process.kill(processId, "SIGKILL");
    const { text, end } = await client.untilEnd(id);
    expect(end).toMatchObject({
      stopReason: "error",
      error: { code: "worker_died", hint: expect.stringContaining("Try again") },
    });
    const { messages } = await client.request("conversation:open", { conversationId: conversation.id });
    expect(messages.at(-1)).toMatchObject({ text, error: { code: "worker_died" } });
    await untilGone(processId);
    const again = await client.request("chat:regenerate", {
      requestId: randomId(),
      messageId: reply.id,
      sampling: { temperature: 0 },
    });
    await client.follow(again.reply.generationId ?? "");
    expect((await client.untilEnd(again.reply.generationId ?? "")).end.stopReason).toBe("end");
    expect(cria.server.pool.processId("alpaca.demo")).not.toBe(processId);
  });
});

describe("limits", () => {
  it("says in numbers that a conversation is longer than the context, and counts it", async () => {
    const client = await cria.connect();
    const text = "The quick brown fox jumps over the lazy dog. ".repeat(80);
    const { reply } = await client.send(text);
    await client.follow(reply.generationId ?? "");
    const { end } = await client.untilEnd(reply.generationId ?? "");
    expect(end).toMatchObject({
      stopReason: "error",
      error: { code: "context_full", message: expect.stringMatching(/\d+ tokens.*512/) },
    });
    const { promptTokens, contextTokens } = await client.request("chat:count", { modelId: "alpaca.demo", draft: text });
    expect(contextTokens).toBe(512);
    expect(end.error?.message).toContain(String(promptTokens));
  });

  it("ends a reply at the end of the context and says so", async () => {
    const client = await cria.connect();
    const { reply } = await client.send(story, { sampling: { ignoreEos: true, maxTokens: 2000, seed: 1 } });
    await client.follow(reply.generationId ?? "");
    const { end } = await client.untilEnd(reply.generationId ?? "");
    expect(end.stopReason).toBe("context");
    expect((end.stats?.promptTokens ?? 0) + (end.stats?.generatedTokens ?? 0)).toBe(512);
  });
});

describe("a server that is started again", () => {
  it("has the conversations, and ended what it could not finish with the text so far", async () => {
    const client = await cria.connect();
    const { conversation, reply } = await client.send(story, long);
    await client.follow(reply.generationId ?? "");
    await client.untilText(reply.generationId ?? "");
    const workerId = cria.server.pool.processId("alpaca.demo") ?? 0;
    await cria.restart();
    await untilGone(workerId);
    const other = await cria.connect();
    const { messages } = await other.request("conversation:open", { conversationId: conversation.id });
    expect(messages.at(-1)).toMatchObject({ status: "complete", stopReason: "stopped" });
    expect(messages.at(-1)?.text).not.toBe("");
  });
});
