import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomId } from "../platform/randomId.js";
import { type TestClient, TestServer } from "./TestServer.js";

let cria: TestServer;
let client: TestClient;
beforeAll(async () => {
  cria = await TestServer.start();
  client = await cria.connect();
});
afterAll(() => cria.close());

const open = (conversationId: string) => client.request("conversation:open", { conversationId });

describe("files", () => {
  const post = (path: string, body: string, headers: Record<string, string>) =>
    fetch(`${cria.url}/api/${path}`, { method: "POST", body, headers: { "x-cria": "1", ...headers } });

  it("[AT1] are attached and read by the model before the message", async () => {
    const response = await post("attachments?name=notes.txt", "The fox is called Rufus.", {
      "content-type": "text/plain",
    });
    const attachment = (await response.json()) as { id: string; name: string; sizeBytes: number };
    expect(attachment).toEqual({ id: expect.any(String), name: "notes.txt", sizeBytes: 24 });
    const count = { modelId: "alpaca.demo", draft: "What is the fox called?" };
    const plain = await client.request("chat:count", count);
    const withFile = await client.request("chat:count", { ...count, attachmentIds: [attachment.id] });
    expect(withFile.promptTokens).toBeGreaterThan(plain.promptTokens + 5);
    const { userMessage, reply } = await client.chat("What is the fox called?", { attachmentIds: [attachment.id] });
    expect(userMessage.attachments).toEqual([attachment]);
    expect(reply.stats?.promptTokens).toBe(withFile.promptTokens);
    const { conversation } = await client.request("conversation:branch", { messageId: reply.id });
    expect((await open(conversation.id)).messages[0]?.attachments).toMatchObject([
      { name: "notes.txt", sizeBytes: 24 },
    ]);
  });

  it.each([false, true])("[AT4] can be read again as what they are: text (temporary: %s)", async (temporary) => {
    const html = "<script>alert(1)</script> äöü";
    const response = await post("attachments?name=page.html", html, { "content-type": "text/plain; charset=utf-8" });
    const { id } = (await response.json()) as { id: string };
    const { userMessage } = await client.chat("What is this?", { attachmentIds: [id], temporary });
    const sent = await fetch(`${cria.url}/api/attachments/${userMessage.attachments?.[0]?.id}`);
    expect(await sent.text()).toBe(html);
    expect(sent.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(sent.headers.get("content-disposition")).toBe("attachment; filename=page.html");
    const none = await fetch(`${cria.url}/api/attachments/nothing`);
    expect([none.status, await none.json()]).toMatchObject([404, { error: { code: "not_found" } }]);
  });

  it("[AT1] of a temporary chat are counted with what follows them", async () => {
    const response = await post("attachments?name=notes.txt", "The fox is called Rufus. ".repeat(5), {
      "content-type": "text/plain",
    });
    const { id } = (await response.json()) as { id: string };
    const { reply } = await client.chat("Who?", { attachmentIds: [id], temporary: true });
    const { conversationId, stats } = reply;
    const count = { modelId: "alpaca.demo", conversationId, parentId: reply.id, draft: "" };
    const { promptTokens } = await client.request("chat:count", count);
    expect(promptTokens).toBeGreaterThanOrEqual(stats?.promptTokens ?? Number.NaN);
  });

  it.each([false, true])("[AT3] stay with a message that is rewritten (temporary: %s)", async (temporary) => {
    const response = await post("attachments?name=notes.txt", "The fox is called Rufus.", {
      "content-type": "text/plain",
    });
    const { id } = (await response.json()) as { id: string };
    const first = await client.chat("What is the fox called?", { attachmentIds: [id], temporary });
    const attachmentIds = first.userMessage.attachments?.map((attachment) => attachment.id) ?? [];
    const edited = await client.chat("Who is Rufus?", { conversationId: first.conversation.id, attachmentIds });
    expect(edited.userMessage.attachments).toMatchObject([{ name: "notes.txt", sizeBytes: 24 }]);
    const { messages } = await open(first.conversation.id);
    expect(messages.find((message) => message.id === first.userMessage.id)?.attachments).toHaveLength(1);
  });

  it.each([
    ["nothing", "", "text/plain"],
    ["a binary", "a\0b", "text/plain"],
    ["another type", "x", "application/octet-stream"],
    ["too much", "x".repeat(200_001), "text/plain"],
  ])("[AT2] refuse %s", async (_name, body, type) => {
    const response = await post("attachments?name=x", body, { "content-type": type });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "bad_request" } }]);
  });

  it("[T3] take nothing from a form of another site", async () => {
    const response = await fetch(`${cria.url}/api/attachments`, {
      method: "POST",
      body: "x",
      headers: { "content-type": "text/plain" },
    });
    expect(response.status).toBe(403);
  });

  it("[AT5] that are not there are said to be so, and nothing is sent without them", async () => {
    const before = await client.request("conversation:list", {});
    for (const temporary of [false, true]) {
      const asked = {
        requestId: randomId(),
        modelId: "alpaca.demo",
        text: "Who?",
        attachmentIds: ["nowhere"],
        temporary,
      };
      expect(await client.ask("chat:send", asked)).toMatchObject({ ok: false, error: { code: "not_found" } });
    }
    expect(await client.request("conversation:list", {})).toEqual(before);
  });

  it("[EX1] [EX5] export a chat as Markdown and as JSON, and the JSON brings it back when it is deleted", async () => {
    const { conversation, messages } = await client.chat("Who are you?");
    const markdown = await (
      await fetch(`${cria.url}/api/conversations/${conversation.id}/export?format=markdown`)
    ).text();
    expect(markdown).toContain("# Who are you?");
    expect(markdown).toContain(messages[1]?.text);
    const exported = await (await fetch(`${cria.url}/api/conversations/${conversation.id}/export`)).text();
    await client.request("conversation:delete", { conversationId: conversation.id });
    const preview = await (await post("import?preview=1", exported, { "content-type": "application/json" })).json();
    expect(preview).toMatchObject({ conversations: [{ title: "Who are you?", messageCount: 2 }] });
    const imported = (await (await post("import", exported, { "content-type": "application/json" })).json()) as {
      conversations: { id: string }[];
    };
    const copy = await open(imported.conversations[0]?.id ?? "");
    expect(copy.conversation.id).not.toBe(conversation.id);
    expect(copy.messages.map(({ role, text }) => [role, text])).toEqual(messages.map(({ role, text }) => [role, text]));
    expect(copy.messages[1]?.parentId).toBe(copy.messages[0]?.id);
    expect(copy.conversation.headMessageId).toBe(copy.messages[1]?.id);
    // The newest one is none that is kept.
    const { reply } = await client.request("chat:send", {
      requestId: randomId(),
      modelId: "alpaca.demo",
      text: "Hello",
      temporary: true,
    });
    await client.request("generation:stop", { generationId: reply.generationId ?? "" });
    const all = (await (await fetch(`${cria.url}/api/export`)).json()) as unknown[];
    expect(all.length).toBe(
      (await client.request("conversation:list", {})).conversations.filter(({ temporary }) => !temporary).length,
    );
  });

  it.each([
    ["[1]"],
    ['{"format":"cria-conversation"}'],
    ["null"],
    ['"x"'],
    ["{"],
    ['[{"mapping":{"a":{"id":"a","parent":"a","message":5}}}]'],
  ])("[EX2] refuse to import %s", async (body) => {
    const response = await post("import", body, { "content-type": "application/json" });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "bad_request" } }]);
  });
});
