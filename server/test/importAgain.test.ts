import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExportedConversation } from "../chat/exportConversation.js";
import { randomId } from "../platform/randomId.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import { type TestClient, TestServer } from "./TestServer.js";

let cria: TestServer;
let client: TestClient;
beforeAll(async () => {
  cria = await TestServer.start();
  client = await cria.connect();
});
afterAll(() => cria.close());

interface Answer {
  conversations: Conversation[];
  outcomes: string[];
}

async function post(path: string, file: unknown): Promise<unknown> {
  const response = await fetch(`${cria.url}/api/${path}`, {
    method: "POST",
    body: JSON.stringify(file),
    headers: { "content-type": "application/json", "x-cria": "1" },
  });
  expect(response.status).toBe(200);
  return await response.json();
}

const importFile = async (file: unknown) => (await post("import", file)) as Answer;

/** How many were added, extended and present. */
const outcome = ({ conversations, outcomes }: Answer) => {
  expect(outcomes).toHaveLength(conversations.length);
  return ["added", "extended", "present"].map((wanted) => outcomes.filter((found) => found === wanted).length);
};

async function exportOne(id: string): Promise<ExportedConversation> {
  return (await (await fetch(`${cria.url}/api/conversations/${id}/export`)).json()) as ExportedConversation;
}

const ids = async () => (await client.request("conversation:list", {})).conversations.map(({ id }) => id).toSorted();
const textsOf = (messages: readonly Message[]) => messages.map(({ text }) => text);
const open = (conversationId: string) => client.request("conversation:open", { conversationId });

async function ask(text: string, conversation?: Conversation): Promise<Conversation> {
  const sent = await client.send(text, {
    sampling: { maxTokens: 4 },
    ...(conversation?.headMessageId === undefined
      ? {}
      : { conversationId: conversation.id, parentId: conversation.headMessageId }),
  });
  await client.finish(sent.reply);
  return sent.conversation;
}

describe("[EX5] an import of what is there already", () => {
  it("stores nothing again, whatever was renamed, added or continued since", async () => {
    const chat = await ask("Who are you?");
    const before = await exportOne(chat.id);
    await client.request("conversation:update", { conversationId: chat.id, title: "Renamed" });
    const grown = await ask("And who am I?", chat);
    const continued = await client.request("chat:continue", {
      requestId: randomId(),
      messageId: grown.headMessageId ?? "",
      sampling: { maxTokens: 4 },
    });
    await client.finish(continued.reply);
    const list = await ids();
    const there = await open(chat.id);
    const previews = (await post("import?preview=1", [before])) as { conversations: object[] };
    expect(previews.conversations).toMatchObject([{ messageCount: 2, newMessageCount: 0, known: true }]);
    const answer = await importFile([before, await exportOne(chat.id)]);
    expect(outcome(answer)).toEqual([0, 0, 2]);
    expect(answer.conversations.map(({ id, title }) => [id, title])).toEqual([
      [chat.id, "Renamed"],
      [chat.id, "Renamed"],
    ]);
    expect(await ids()).toEqual(list);
    expect(await open(chat.id)).toEqual(there);
  });

  it("adds what the file has beyond it, and shows it where it goes on from what was shown", async () => {
    const chat = await ask("Name a river.");
    const before = await exportOne(chat.id);
    await ask("Name another.", chat);
    const after = await exportOne(chat.id);
    await client.request("conversation:delete", { conversationId: chat.id });
    // Deleted: it comes back under another id, as it was when the first file was made.
    const [copy] = (await importFile(before)).conversations;
    const copyId = copy?.id ?? "";
    expect(copyId).not.toBe(chat.id);
    const watcher = await cria.connect();
    await watcher.request("conversation:open", { conversationId: copyId });
    const told = new Promise<{ messages: Message[] }>((resolve) =>
      watcher.socket.once("conversation:changed", resolve),
    );
    const previews = (await post("import?preview=1", after)) as { conversations: object[] };
    expect(previews.conversations).toMatchObject([{ messageCount: 4, newMessageCount: 2, known: true }]);
    expect(outcome(await importFile(after))).toEqual([0, 1, 0]);
    expect(textsOf((await told).messages)).toEqual(textsOf(after.messages).slice(2));
    const { conversation, messages } = await open(copyId);
    expect(textsOf(messages)).toEqual(textsOf(after.messages));
    expect(conversation.headMessageId).toBe(messages.at(-1)?.id);
    expect(messages.map(({ parentId }) => parentId)).toEqual([undefined, ...messages.slice(0, 3).map(({ id }) => id)]);
    for (const file of [before, after]) expect(outcome(await importFile(file))).toEqual([0, 0, 1]);
  });

  it("keeps both where the file and the chat have gone different ways", async () => {
    const chat = await ask("Name a tree.");
    const before = await exportOne(chat.id);
    await ask("Mine.", chat);
    const mine = await open(chat.id);
    const [, reply] = before.messages;
    const theirs = {
      ...before,
      messages: [
        ...before.messages,
        { ...before.messages[0], id: "x", parentId: reply?.id, text: "Theirs.", createdAtMs: 5 },
        { ...reply, id: "y", parentId: "x", text: "Oak.", createdAtMs: 6, rating: 1 },
        // As it was before somebody wrote into the file.
        { ...reply, id: "z", parentId: before.messages[0]?.id, text: "Another version.", createdAtMs: 7 },
      ],
      conversation: { ...before.conversation, headMessageId: "y", title: "Theirs" },
    };
    expect(outcome(await importFile(theirs))).toEqual([0, 1, 0]);
    const { conversation, messages } = await open(chat.id);
    expect(conversation).toMatchObject({ title: "Name a tree.", headMessageId: mine.conversation.headMessageId });
    expect(messages.slice(0, 4)).toEqual(mine.messages);
    expect(textsOf(messages.slice(4))).toEqual(["Theirs.", "Oak.", "Another version."]);
    expect(messages[5]).toMatchObject({ parentId: messages[4]?.id, rating: 1 });
    expect(outcome(await importFile(theirs))).toEqual([0, 0, 1]);
  });

  it("tells a chat from its branch, and takes two at once one after the other", async () => {
    const chat = await ask("Name a bird.");
    const branch = await client.request("conversation:branch", { messageId: chat.headMessageId ?? "" });
    const files = [await exportOne(chat.id), await exportOne(branch.conversation.id)];
    for (const id of [chat.id, branch.conversation.id])
      await client.request("conversation:delete", { conversationId: id });
    const answers = await Promise.all([importFile(files), importFile(files)]);
    expect(answers.map(outcome).toSorted()).toEqual([
      [0, 0, 2],
      [2, 0, 0],
    ]);
  });

  it("brings back a message that was deleted", async () => {
    const chat = await ask("Name a fish.");
    const before = await exportOne(chat.id);
    await client.request("message:delete", { messageId: before.messages[1]?.id ?? "" });
    expect(outcome(await importFile(before))).toEqual([0, 1, 0]);
    const { conversation, messages } = await open(chat.id);
    expect(textsOf(messages)).toEqual(textsOf(before.messages));
    expect(conversation.headMessageId).toBe(messages[1]?.id);
  });

  it("stores a chat anew while a reply is made just where the file's messages belong", async () => {
    const chat = await ask("Name a flower.");
    const before = await exportOne(chat.id);
    const [question, reply] = before.messages;
    const more = { ...question, id: "more", parentId: reply?.id, text: "More.", createdAtMs: 9 };
    const continued = await client.request("chat:continue", {
      requestId: randomId(),
      messageId: reply?.id ?? "",
      sampling: { ignoreEos: true, maxTokens: 400 },
    });
    expect(outcome(await importFile({ ...before, messages: [...before.messages, more] }))).toEqual([1, 0, 0]);
    await client.request("generation:stop", { generationId: continued.reply.generationId ?? "" });
  });

  it("knows chats of other programs by their times, or by their titles where they have none", async () => {
    const node = (id: string, parent: string | undefined, role: string, text: string, time?: number) => ({
      id,
      parent,
      message: { author: { role }, create_time: time, content: { parts: [text] } },
    });
    const chatGpt = (title: string, time: number | undefined, more: object = {}) => ({
      title,
      create_time: time,
      mapping: {
        a: node("a", undefined, "user", "Name a star.", time && time + 1.25),
        b: node("b", "a", "assistant", "Sirius.", time && time + 2.5),
        ...more,
      },
    });
    const further = { c: node("c", "b", "user", "And another?", 1_700_000_050) };
    expect(outcome(await importFile([chatGpt("Stars", 1_700_000_000), chatGpt("Untimed", undefined)]))).toEqual([
      2, 0, 0,
    ]);
    expect(outcome(await importFile([chatGpt("Stars of mine", 1_700_000_000), chatGpt("Untimed", undefined)]))).toEqual(
      [0, 0, 2],
    );
    expect(outcome(await importFile([chatGpt("Stars", 1_700_000_000, further), chatGpt("Other", undefined)]))).toEqual([
      1, 1, 0,
    ]);
    const llama = (lastModified: number, ...texts: string[]) => ({
      conv: { id: "conv-1", name: "Seas", lastModified, currNode: texts.length },
      messages: texts.map((content, index) => ({
        id: index + 1,
        role: index % 2 === 0 ? "user" : "assistant",
        content,
        parent: index,
        timestamp: 1_700_000_000_000 + index,
      })),
    });
    expect(outcome(await importFile(llama(1_700_000_000_009, "Name a sea.", "Baltic.")))).toEqual([1, 0, 0]);
    const grown = llama(1_700_000_000_099, "Name a sea.", "Baltic.", "One more.");
    expect(outcome(await importFile(grown))).toEqual([0, 1, 0]);
    expect(outcome(await importFile(grown))).toEqual([0, 0, 1]);
  });
});
