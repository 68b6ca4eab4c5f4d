import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import type { Message } from "../protocol/conversation.js";
import type { Requests } from "../protocol/events.js";
import { type TestClient, TestServer } from "./TestServer.js";

let cria: TestServer;
let client: TestClient;
beforeAll(async () => {
  cria = await TestServer.start();
  client = await cria.connect();
});
afterAll(() => cria.close());

const long = `${"The small red fox runs over the green hill. ".repeat(6)} What is this about?`;

const chat = (text: string, extra: Partial<Requests["chat:send"]> = {}) =>
  client.chat(text, { sampling: { temperature: 0, maxTokens: 20 }, ...extra });

const eventsOf = (reply: Message) => client.events.get(reply.generationId ?? "") ?? [];

/** Goes on after a reply, the oldest messages summarised if need be. */
const goOn = (before: Awaited<ReturnType<typeof chat>>, text: string) =>
  chat(text, { conversationId: before.conversation.id, parentId: before.reply.id, overflow: "summarise" });

describe("a conversation longer than the context", () => {
  it("[CH10] is summarised when asked to: the summary is kept with the reply, and later replies go on from it", async () => {
    let last = await chat(long, { overflow: "summarise" });
    while (last.reply.summary === undefined && last.messages.length < 20) last = await goOn(last, long);
    expect(last.reply.error).toBeUndefined();
    expect(last.reply.text).not.toBe("");
    expect(last.reply.summary).not.toBe("");
    const readFrom = last.messages.find(({ id }) => id === last.reply.readFromMessageId);
    expect(readFrom?.role).toBe("user");
    expect(readFrom?.id).not.toBe(last.messages[0]?.id);
    const phases = eventsOf(last.reply).flatMap((event) => (event.type === "phase" ? [event.phase.phase] : []));
    expect(phases.indexOf("summarising")).toBeGreaterThanOrEqual(0);
    expect(phases.lastIndexOf("summarising")).toBeLessThan(phases.lastIndexOf("answering"));

    // Little was added: the same summary serves again, and nothing is summarised anew.
    const next = await goOn(last, "And now?");
    expect(next.reply.error).toBeUndefined();
    expect(next.reply.summary).toBe(last.reply.summary);
    expect(next.reply.readFromMessageId).toBe(last.reply.readFromMessageId);
    const again = eventsOf(next.reply);
    expect(again.some((event) => event.type === "phase" && event.phase.phase === "summarising")).toBe(false);
  });

  it("[CH11] is counted as it would be sent, and the rest apart", async () => {
    let last = await chat(long);
    const place = () => ({ modelId: "alpaca.demo", conversationId: last.conversation.id, parentId: last.reply.id });
    const count = (overflow: "refuse" | "dropOldest" | "summarise") =>
      client.request("chat:count", { ...place(), draft: long, overflow });
    for (;;) {
      const { promptTokens, contextTokens } = await count("refuse");
      if (promptTokens > contextTokens) break;
      last = await chat(long, { conversationId: last.conversation.id, parentId: last.reply.id });
    }
    const whole = await count("refuse");
    const dropped = await count("dropOldest");
    expect(whole).toMatchObject({ notSentTokens: 0 });
    expect(dropped.promptTokens).toBeLessThanOrEqual(dropped.contextTokens * 0.75);
    expect(dropped.promptTokens + dropped.notSentTokens).toBe(whole.promptTokens);
    expect(dropped.draftTokens).toBe(whole.draftTokens);
    expect(dropped.readFromMessageId).toBeDefined();
    const summarised = await count("summarise");
    expect(summarised.summaryTokens).toBe(64);
    expect(summarised.promptTokens).toBeLessThanOrEqual(summarised.contextTokens * 0.75);

    // What was counted is what the reply's own figures say was read.
    const { reply } = await chat(long, {
      conversationId: last.conversation.id,
      parentId: last.reply.id,
      overflow: "dropOldest",
    });
    expect(reply.stats?.promptTokens).toBe(dropped.promptTokens);
    expect(reply.readFromMessageId).toBe(dropped.readFromMessageId);
  });

  it("[CH8] goes on with a reply that was made without the oldest messages, in the same way", async () => {
    let last = await chat(long, { overflow: "dropOldest" });
    while (last.reply.readFromMessageId === undefined)
      last = await chat(long, {
        conversationId: last.conversation.id,
        parentId: last.reply.id,
        overflow: "dropOldest",
        sampling: { temperature: 0, maxTokens: 20, ignoreEos: true },
      });
    expect(last.reply.stopReason).toBe("length");
    const { reply } = await client.request("chat:continue", {
      requestId: randomId(),
      messageId: last.reply.id,
      sampling: { temperature: 0, maxTokens: 8 },
    });
    await client.follow(reply.generationId ?? "");
    const { end } = await client.untilEnd(reply.generationId ?? "");
    expect(end.error).toBeUndefined();
    expect(end.stats?.promptTokens).toBeLessThan(end.stats?.contextTokens ?? 0);
    const { messages } = await client.request("conversation:open", { conversationId: last.conversation.id });
    const stored = messages.find(({ id }) => id === reply.id);
    expect(stored?.readFromMessageId).toBe(last.reply.readFromMessageId);
    expect(stored?.text.startsWith(last.reply.text)).toBe(true);
  });

  it("[CH10] is stopped in the middle of its summary, and nothing of that is kept", async () => {
    let last = await chat(long, { overflow: "summarise" });
    const roomy = async () => {
      const { promptTokens, contextTokens } = await client.request("chat:count", {
        modelId: "alpaca.demo",
        conversationId: last.conversation.id,
        parentId: last.reply.id,
        draft: long,
      });
      return promptTokens < contextTokens * 0.7;
    };
    while (await roomy()) last = await goOn(last, long);
    const begun = new Promise<void>((resolve) => {
      const end = cria.server.generations.onStart((generation) => {
        end();
        generation.log.subscribe(() => {
          if (generation.log.read(0).some((event) => event.type === "phase" && event.phase.phase === "summarising")) {
            generation.stop();
            resolve();
          }
        });
      });
    });
    const stopped = await goOn(last, long);
    await begun;
    expect(stopped.reply).toMatchObject({ stopReason: "stopped", text: "" });
    expect(stopped.reply).not.toHaveProperty("summary");
  });
});
