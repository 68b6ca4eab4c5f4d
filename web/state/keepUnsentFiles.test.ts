import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "./createApp.js";
import { FakeConnection } from "./FakeConnection.js";
import type { FileShelf, KeptFile } from "./fileShelf.js";
import { waitingAttachments } from "./reduceAttachments.js";
import { testConversation, testMessage } from "./testMessage.js";

afterEach(() => vi.unstubAllGlobals());

/** What a browser keeps, for several visits. */
class MemoryShelf implements FileShelf {
  readonly files = new Map<string, KeptFile>();
  reads = 0;
  read() {
    this.reads++;
    return Promise.resolve([...this.files.values()]);
  }
  put(file: KeptFile) {
    this.files.set(file.key, file);
    return Promise.resolve();
  }
  remove(key: string) {
    this.files.delete(key);
    return Promise.resolve();
  }
  get names(): string[] {
    return [...this.files.values()].map(({ chat, name }) => `${chat}: ${name}`).toSorted();
  }
}

/** A visit of the page by the one whose `account` it is, to a server that has these chats. */
async function visit(shelf: MemoryShelf, { account = "me", chats = ["c1", "c2"], path = "/" } = {}) {
  const { reads } = shelf;
  const connection = new FakeConnection({
    "server:info": () => ({ ok: true, data: { version: "1", protocolVersion: 1, homePath: "", account } }),
    "model:list": () => ({ ok: true, data: { models: [] } }),
    "conversation:list": () => ({
      ok: true,
      data: { conversations: chats.map((id) => testConversation(id)) },
    }),
    "conversation:open": ({ conversationId: id }) => ({
      ok: true,
      data: { conversation: testConversation(id), messages: [] },
    }),
  });
  const posted: string[] = [];
  vi.stubGlobal("fetch", (address: string, { body }: { body: string }) => {
    posted.push(`${new URL(address, "http://x").searchParams.get("name")}: ${body}`);
    return Promise.resolve(Response.json({ id: `f${posted.length}`, sizeBytes: body.length }));
  });
  const app = createApp({ connection, history: { pushState: () => {}, replaceState: () => {} }, shelf });
  app.actions.openPath(path);
  connection.setStatus("connected");
  // The page knows who it is, and what was kept is back.
  await vi.waitFor(() => expect(shelf.reads).toBe(reads + 1));
  await new Promise((resolve) => setTimeout(resolve));
  app.actions.selectModel("alpaca.demo");
  const waiting = () => waitingAttachments(app.store.getState()).map(({ name, id }) => [name, id]);
  return { ...app, connection, posted, waiting };
}

const file = (name: string, text = name) => new File([text], name);

describe("a file that was attached and not sent", () => {
  it("waits in its chat when the page is opened again, and is sent to the server anew", async () => {
    const shelf = new MemoryShelf();
    const { actions } = await visit(shelf);
    await actions.attachFiles([file("a.txt", "A"), file("b.txt", "B")]);
    actions.openChat("c1");
    await actions.attachFiles([file("c.txt", "C")]);
    expect(shelf.names).toEqual(["c1: c.txt", "new: a.txt", "new: b.txt"]);

    const again = await visit(shelf);
    expect(again.posted).toEqual(["a.txt: A", "b.txt: B"]);
    expect(again.waiting()).toEqual([
      ["a.txt", "f1"],
      ["b.txt", "f2"],
    ]);
    again.actions.openChat("c1");
    await vi.waitFor(() => expect(again.waiting()).toEqual([["c.txt", "f3"]]));
    expect(again.posted).toEqual(["a.txt: A", "b.txt: B", "c.txt: C"]);
    expect(shelf.names).toEqual(["c1: c.txt", "new: a.txt", "new: b.txt"]);
  });

  it("goes from the browser when it is taken out or sent, and stays when that failed", async () => {
    const shelf = new MemoryShelf();
    const { actions, store, connection } = await visit(shelf, { path: "/c/c1" });
    await vi.waitFor(() => expect(store.getState().chat.status).toBe("ready"));
    await actions.attachFiles([file("a.txt"), file("b.txt")]);
    actions.removeAttachment(waitingAttachments(store.getState())[0]?.key ?? "");
    expect(shelf.names).toEqual(["c1: b.txt"]);
    connection.answers["chat:send"] = () => ({ ok: false, error: { code: "queue_full", message: "Full." } });
    actions.send("Look.");
    await vi.waitFor(() => expect(store.getState().chat.pendingSend?.error).toBeDefined());
    expect(shelf.names).toEqual(["c1: b.txt"]);
    const conversation = testConversation("c1");
    connection.answers["chat:send"] = () => ({
      ok: true,
      data: {
        conversation,
        userMessage: testMessage("m1", undefined),
        reply: testMessage("m2", "m1", { role: "assistant" }),
      },
    });
    actions.takeBack();
    actions.send("Look.");
    expect(shelf.names).toEqual([]);
  });

  it("is gone with its chat, and back when that is undone", async () => {
    const shelf = new MemoryShelf();
    const { actions, connection } = await visit(shelf);
    actions.openChat("c2");
    await actions.attachFiles([file("a.txt")]);
    actions.newChat();
    connection.say("conversation:deleted", { conversationId: "c2" });
    expect(shelf.names).toEqual([]);
    connection.say("conversation:listed", { conversation: testConversation("c2") });
    expect(shelf.names).toEqual(["c2: a.txt"]);
    // Deleted from elsewhere meanwhile.
    await visit(shelf, { chats: ["c1"] });
    expect(shelf.names).toEqual([]);
  });

  it("is no one else's who logs in here, and nothing that was attached in a temporary chat is kept", async () => {
    const shelf = new MemoryShelf();
    const { actions } = await visit(shelf);
    await actions.attachFiles([file("mine.txt")]);
    const other = await visit(shelf, { account: "other" });
    expect([other.waiting(), other.posted, shelf.names]).toEqual([[], [], []]);
    other.actions.newTemporaryChat();
    await other.actions.attachFiles([file("secret.txt")]);
    expect(other.waiting()).toEqual([["secret.txt", "f1"]]);
    other.actions.newChat();
    expect(shelf.names).toEqual([]);
  });

  it("is kept within a bound, and not for ever", async () => {
    const shelf = new MemoryShelf();
    const { actions } = await visit(shelf);
    const texts = Array.from({ length: 16 }, (_, index) => file(`${index}.txt`, "x".repeat(200_000)));
    for (const chat of [undefined, "c1", "c2", "c3", "c4"]) {
      if (chat !== undefined) actions.openChat(chat);
      await actions.attachFiles(texts);
    }
    expect(shelf.files.size).toBe(64);
    for (const kept of shelf.files.values()) kept.keptAtMs -= 31 * 24 * 3600 * 1000;
    await visit(shelf);
    expect(shelf.files.size).toBe(0);
  });
});
