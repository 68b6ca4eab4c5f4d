import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromBufferPromise } from "yauzl";
import type { ExportedConversation } from "../chat/exportConversation.js";
import { randomId } from "../platform/randomId.js";
import { type TestClient, TestServer } from "./TestServer.js";

let cria: TestServer;
let client: TestClient;
let fresh: TestServer;
beforeEach(async () => {
  [cria, fresh] = await Promise.all([TestServer.start(), TestServer.start()]);
  client = await cria.connect();
});
afterEach(async () => {
  await Promise.all([cria.close(), fresh.close()]);
});

const post = (server: TestServer, path: string, body: string | ArrayBuffer, type: string) =>
  fetch(`${server.url}/api/${path}`, { method: "POST", body, headers: { "content-type": type, "x-cria": "1" } });

async function exportAll(server: TestServer): Promise<ExportedConversation[]> {
  return (await (await fetch(`${server.url}/api/export`)).json()) as ExportedConversation[];
}

async function attach(name: string, text: string): Promise<string> {
  const response = await post(cria, `attachments?name=${encodeURIComponent(name)}`, text, "text/plain");
  return ((await response.json()) as { id: string }).id;
}

/** Has the server import a file that may have anything in it, and says what became of its chats. */
async function imported(server: TestServer, file: unknown): Promise<unknown> {
  const response = await post(server, "import", JSON.stringify(file), "application/json");
  return ((await response.json()) as { outcomes?: unknown }).outcomes;
}

/** A chat with all that a chat can have: two versions, files, ratings, a name, a pin, parameters. Gives its id. */
async function richChat(): Promise<string> {
  const sampling = { maxTokens: 8, temperature: 0 };
  const files = [await attach("füchse.txt", "Der Fuchs heißt Rufus.\n<b>äöü</b> 🦊"), await attach("b.md", "# Zwei")];
  const { conversation, reply } = await client.send("Who is Rufus?", { attachmentIds: files, sampling });
  await client.finish(reply);
  await client.request("message:rate", { messageId: reply.id, rating: -1 });
  const again = await client.request("chat:regenerate", {
    requestId: randomId(),
    messageId: reply.id,
    modelId: "alpaca.demo",
    sampling: { ...sampling, temperature: 1, seed: 5 },
  });
  await client.finish(again.reply);
  await client.request("message:rate", { messageId: again.reply.id, rating: 1 });
  await client.request("conversation:update", {
    conversationId: conversation.id,
    title: "Füchse & Co.",
    pinned: true,
    settings: { systemPrompt: "Be short.", sampling: { temperature: 0.3 } },
    headMessageId: reply.id,
  });
  return conversation.id;
}

/** The export with ids that say only which thing of the chat they name, and without what belongs to one server's own work. */
function withoutIds({ conversation, messages, files }: ExportedConversation) {
  const places = new Map([
    ...messages.map(({ id }, index) => [id, `message ${index}`] as const),
    ...messages.flatMap(({ attachments }) => attachments ?? []).map(({ id }, index) => [id, `file ${index}`] as const),
  ]);
  const place = (id: string | undefined) => id && places.get(id);
  return {
    conversation: { ...conversation, id: "chat", headMessageId: place(conversation.headMessageId) },
    messages: messages.map(({ generationId: _, ...message }) => ({
      ...message,
      id: place(message.id),
      parentId: place(message.parentId),
      readFromMessageId: place(message.readFromMessageId),
      conversationId: "chat",
      attachments: message.attachments?.map((file) => ({ ...file, id: place(file.id) })),
    })),
    files: files.map(({ id, text }) => ({ id: place(id), text })),
  };
}

/** That one, and one of a question and a reply. */
async function twoChats(): Promise<void> {
  await richChat();
  const { reply } = await client.send("What is a llama?", { sampling: { maxTokens: 4 } });
  await client.finish(reply);
}

describe("all chats, exported", () => {
  it("[EX1] come back on another server as they were: versions, files, ratings, titles, pins, parameters and figures", async () => {
    await twoChats();
    const exported = await exportAll(cria);
    expect(exported.map(({ conversation }) => conversation.pinned)).toEqual([true, false]);
    const [rich] = exported;
    expect(rich?.messages.map(({ rating }) => rating)).toEqual([undefined, -1, 1]);
    expect(rich?.files.map(({ text }) => text)).toEqual(["Der Fuchs heißt Rufus.\n<b>äöü</b> 🦊", "# Zwei"]);
    const response = await post(fresh, "import", JSON.stringify(exported), "application/json");
    expect(response.status).toBe(200);
    expect((await exportAll(fresh)).map(withoutIds)).toEqual(exported.map(withoutIds));
    // What was imported is a chat like any other: its files can be read there.
    const [again] = await exportAll(fresh);
    const id = again?.messages[0]?.attachments?.[0]?.id ?? "";
    expect(await (await fetch(`${fresh.url}/api/attachments/${id}`)).text()).toContain("Rufus");
  });

  it("[EX1] [EX4] come back from the zip as it is, and can be looked at first", async () => {
    await twoChats();
    const other = await TestServer.start();
    try {
      const zip = await (await fetch(`${cria.url}/api/export?format=markdown`)).arrayBuffer();
      const exported = await exportAll(cria);
      const previewed = await post(other, "import?preview=1", zip, "application/zip");
      expect(await previewed.json()).toMatchObject({
        conversations: exported.map(({ conversation: { title } }) => ({ title })),
      });
      expect(await exportAll(other)).toEqual([]);
      expect((await post(other, "import", zip, "application/zip")).status).toBe(200);
      expect((await exportAll(other)).map(withoutIds)).toEqual(exported.map(withoutIds));
    } finally {
      await other.close();
    }
  });

  it("[EX1] of before, without the texts of files, are taken without the files", async () => {
    await twoChats();
    const [rich] = await exportAll(cria);
    const { files: _, ...old } = rich as ExportedConversation;
    const other = await TestServer.start();
    try {
      expect((await post(other, "import", JSON.stringify(old), "application/json")).status).toBe(200);
      const [taken] = await exportAll(other);
      expect(taken?.messages.map(({ attachments }) => attachments)).toEqual([undefined, undefined, undefined]);
      // A message without its files is not taken for the same: they come with another export.
      expect(await imported(other, [rich])).toEqual(["added"]);
      expect((await exportAll(other)).map(({ files }) => files.length).toSorted()).toEqual([0, 2]);
      expect(await imported(other, [old, rich])).toEqual(["present", "present"]);
    } finally {
      await other.close();
    }
  });

  it("[EX1] whose file is named by many messages has it once, and one with a file that is no text is refused", async () => {
    const message = (index: number) => ({
      id: `m${index}`,
      conversationId: "c",
      role: "user",
      text: "Look.",
      createdAtMs: 1,
      status: "complete",
      attachments: [
        { id: "f", name: "f.txt", sizeBytes: 1 },
        { id: "f", name: "f.txt", sizeBytes: 1 },
      ],
    });
    const chat = (text: string) =>
      JSON.stringify({
        format: "cria-conversation",
        formatVersion: 1,
        conversation: { id: "c", title: "Many", createdAtMs: 1, updatedAtMs: 1, settings: {} },
        messages: [message(0), message(1)],
        files: [{ id: "f", text }],
      });
    const response = await post(fresh, "import", chat("x"), "application/json");
    expect(response.status).toBe(200);
    const many = (await exportAll(fresh)).find(({ conversation }) => conversation.title === "Many");
    expect(many?.messages.map(({ attachments }) => attachments?.length)).toEqual([1, undefined]);
    expect(many?.files).toHaveLength(1);
    expect((await post(fresh, "import", chat("\0"), "application/json")).status).toBe(400);
  });

  it("[EX3] are a zip of Markdown files for people, a name each, in the reader's language", async () => {
    await twoChats();
    const untitled = { format: "cria-conversation", formatVersion: 1, messages: [] as object[] };
    for (const [index, [title, updatedAtMs]] of (
      [
        ["Füchse & Co.", 9e15],
        ["FÜCHSE… co", 9e15],
        ["", 1],
        ["../../etc/passwd", 1],
        // Vowels are marks on their letters here.
        ["हिन्दी", 1],
      ] as const
    ).entries())
      await post(
        cria,
        "import",
        JSON.stringify({
          ...untitled,
          conversation: { id: "c", title, createdAtMs: index + 1, updatedAtMs, headMessageId: "m", settings: {} },
          messages: [
            { id: "m", conversationId: "c", role: "user", text: "Hallo.", createdAtMs: 1, status: "complete" },
          ],
        }),
        "application/json",
      );
    const response = await fetch(`${cria.url}/api/export?format=markdown&language=de`);
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(response.headers.get("content-disposition")).toContain("cria-chats.zip");
    const zip = await fromBufferPromise(Buffer.from(await response.arrayBuffer()));
    const texts = new Map<string, string>();
    for await (const entry of zip.eachEntry())
      texts.set(entry.fileName, (await buffer(await zip.openReadStreamPromise(entry))).toString());
    const all = await exportAll(cria);
    // The same chats again, to bring them back.
    expect(JSON.parse(texts.get("cria-chats.json") ?? "")).toEqual(all);
    texts.delete("cria-chats.json");
    expect(texts.size).toBe(all.length);
    for (const name of texts.keys()) expect(name).toMatch(/^Chats\/\d{4}-\d\d-\d\d-[\p{L}\p{M}\p{N}-]+\.md$/u);
    const names = [...texts.keys()].map((name) => name.slice("Chats/2026-11-29-".length));
    expect(names).toEqual(expect.arrayContaining(["chat.md", "etc-passwd.md", "What-is-a-llama.md", "हिन्दी.md"]));
    // Some file systems take them for the same without the numbers.
    const alike = names.map((name) => name.toLowerCase()).filter((name) => name.startsWith("füchse"));
    expect(alike.toSorted()).toEqual(["füchse-co-2.md", "füchse-co-3.md", "füchse-co.md"]);
    const rich = [...texts.values()].find((text) => text.includes("Who is Rufus?"));
    expect(rich).toMatch(/^# Füchse & Co\.\n\n## Sie\n\n\*Angehängt: füchse\.txt\*/);
    expect(rich).toContain("## alpaca.demo");
  });
});
