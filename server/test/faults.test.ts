import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { localPrincipal } from "../access/Principal.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { Allowance } from "../chat/Allowance.js";
import { ChatFeed } from "../chat/ChatFeed.js";
import { ChatService } from "../chat/ChatService.js";
import { finishInterrupted } from "../chat/finishInterrupted.js";
import { KeyedQueue } from "../chat/KeyedQueue.js";
import { openEngine, type RunningEngine } from "../openEngine.js";
import { createLogger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import type { Conversation, Message } from "../protocol/conversation.js";
import { ChatStores, sqliteStores } from "../storage/ChatStores.js";
import { type Db, openDatabase } from "../storage/openDatabase.js";
import { transaction } from "../storage/transaction.js";
import { TestServer, temporaryHome, testConfig } from "./TestServer.js";

let cria: TestServer | undefined;
afterEach(async () => {
  await cria?.close();
  cria = undefined;
});

describe("a damaged database", () => {
  it("is set aside: the server starts with an empty one and tells every page, until it starts again", async () => {
    const noise = "this was a database once ".repeat(400);
    cria = await TestServer.start((home) => writeFile(join(home, "cria.db"), noise));
    const client = await cria.connect();
    const info = await client.request("server:info", {});
    expect(info.notices).toMatchObject([
      { code: "storage_corrupt", hint: expect.stringContaining("cria.db.corrupt-") },
    ]);
    expect((await client.request("conversation:list", {})).conversations).toEqual([]);
    const kept = (await readdir(cria.homePath)).find((name) => name.includes("corrupt")) ?? "";
    expect(await readFile(join(cria.homePath, kept), "utf8")).toBe(noise);
    await client.send("Still alive?", { sampling: { maxTokens: 1 } });
    await cria.restart();
    const again = await cria.connect();
    expect(await again.request("server:info", {})).not.toHaveProperty("notices");
    expect((await again.request("conversation:list", {})).conversations).toHaveLength(1);
  });
});

describe("two servers on one home", () => {
  it("the second does not start, and says where the first is; after it has closed, another one does", async () => {
    cria = await TestServer.start();
    await expect(TestServer.startOn(cria.homePath)).rejects.toMatchObject({
      code: "home_in_use",
      message: expect.stringContaining(cria.url),
      hint: expect.stringContaining("--home"),
    });
    const client = await cria.connect();
    expect(await client.request("server:info", {})).toHaveProperty("version");
    await cria.restart();
  });
});

describe("a server that closes", () => {
  it("while a model loads ends the reply that waits for it, and stores that", async () => {
    cria = await TestServer.start(undefined, { worker: { program: scriptedProgram({ loadMs: 600_000 }) } });
    const client = await cria.connect();
    const { conversation, reply } = await client.send("Too late");
    await cria.restart();
    const again = await cria.connect();
    const { messages } = await again.request("conversation:open", { conversationId: conversation.id });
    expect(messages.at(-1)).toMatchObject({ id: reply.id, status: "complete" });
    expect(messages.at(-1)?.error?.code).not.toBe("server_ended");
  });

  it("has nothing stored in it any more, which is an error and not the end of the process", async () => {
    const home = await temporaryHome();
    const db = openDatabase(join(home.path, "cria.db"));
    db.close();
    expect(() => transaction(db, () => {})).toThrow("not open");
    await home.remove();
  });
});

describe("manifests", () => {
  it("that are damaged hide their model, not the others and not the server", async () => {
    cria = await TestServer.start(async (home) => {
      for (const [name, text] of [
        ["A", "{"],
        ["B", "null"],
        ["C", '{"__proto__":{"polluted":true}}'],
        ["D", '{"format":1,"weights":"../../../../etc/passwd"}'],
        ["E", "x".repeat(5_000_000)],
      ] as const) {
        await mkdir(join(home, "models", "llama", name), { recursive: true });
        await writeFile(join(home, "models", "llama", name, "model.json"), text);
      }
    });
    const client = await cria.connect();
    const { models } = await client.request("model:list", {});
    expect(models.map(({ id }) => id)).toEqual(["alpaca.demo"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

/** The chats of a fresh home with a scripted engine behind them, and their database as the disk sees it. */
async function withChat(
  run: (parts: { db: Db; chat: ChatService; engine: RunningEngine; stores: ChatStores }) => Promise<void> | void,
): Promise<void> {
  const home = await temporaryHome();
  const logger = createLogger("silent");
  const pieces = Array.from({ length: 100 }, () => "x".repeat(600));
  const program = scriptedProgram({ pieces, tokensPerSecond: 2000 });
  const engine = await openEngine(testConfig(home.path), { worker: { program } }, logger);
  const db = openDatabase(join(home.path, "cria.db"));
  const stores = new ChatStores(sqliteStores(db));
  const { generations, registry } = engine;
  const queue = new KeyedQueue();
  const allowance = new Allowance(stores, undefined);
  const chat = new ChatService({ stores, allowance, generations, registry, feed: new ChatFeed(), queue, logger });
  try {
    await run({ db, chat, engine, stores });
  } finally {
    await engine.close();
    await queue.idle();
    await stores.close();
    await home.remove();
  }
}

const sendTo = (chat: ChatService, text = "Go") =>
  chat.send({ requestId: randomId(), text, modelId: "alpaca.demo" }, { principal: localPrincipal });

describe("a disk that fills up in the middle of a reply", () => {
  it("ends the reply with the reason: what was shown is what is stored, and there is room again afterwards", () =>
    withChat(async ({ db, chat, engine, stores }) => {
      const { page_count: pages } = db.prepare("PRAGMA page_count").get() as { page_count: number };
      db.exec(`PRAGMA max_page_count = ${pages + 12}`);
      const { reply } = await sendTo(chat);
      const generation = engine.generations.get(reply.generationId ?? "", "local");
      await new Promise<void>((resolve) => {
        const look = () => generation.log.ended && resolve();
        generation.log.subscribe(look);
        look();
      });
      expect(generation.log.read(0).at(-1)).toMatchObject({ stopReason: "error", error: { code: "disk_full" } });
      expect((await stores.message(reply.id))?.text).toBe(generation.log.text);
      expect(generation.log.text.length).toBeGreaterThan(500);
      await expect(sendTo(chat, "x".repeat(100_000))).rejects.toMatchObject({ code: "disk_full" });
      db.exec("PRAGMA max_page_count = 1000000");
      expect((await sendTo(chat)).reply.status).toBe("generating");
    }));
});

describe("a disk that is full when the server starts", () => {
  it("keeps nobody from the chats: replies that were cut off are ended once there is room", () =>
    withChat(async ({ db, stores }) => {
      const conversation: Conversation = {
        id: "c",
        title: "Cut off",
        createdAtMs: 1,
        updatedAtMs: 1,
        pinned: false,
        temporary: false,
        settings: {},
      };
      const reply: Message = {
        id: "m",
        conversationId: "c",
        role: "assistant",
        text: "",
        status: "generating",
        generationId: "g",
        createdAtMs: 1,
      };
      await stores.stored.addMessages(conversation, [reply], undefined);
      const text = "word ".repeat(20_000);
      stores.stored.appendPiece?.("m", 1, text);
      const { page_count: pages } = db.prepare("PRAGMA page_count").get() as { page_count: number };
      db.exec(`PRAGMA max_page_count = ${pages}`);
      const feed = new ChatFeed();
      const told = new Promise<Message | undefined>((resolve) => {
        feed.listen({ changed: (_conversation, [message]) => resolve(message) });
      });
      const textOf = async (unfinished: Message) => unfinished.text;
      await finishInterrupted({ stores, feed, logger: createLogger("silent"), textOf, againMs: 10 });
      expect(await stores.message("m")).toMatchObject({ status: "generating", text });
      // What this server begins meanwhile is none of them.
      const own: Message = { ...reply, id: "own", generationId: "h" };
      db.exec("PRAGMA max_page_count = 1000000");
      await stores.stored.addMessages(conversation, [own], undefined);
      expect(await told).toMatchObject({ id: "m", status: "complete", text, error: { code: "server_ended" } });
      expect((await stores.message("own"))?.status).toBe("generating");
    }));
});

describe("a home that becomes read-only", () => {
  it("takes no message, says so, and shows what is there", () =>
    withChat(async ({ db, chat, stores }) => {
      const { conversation } = await sendTo(chat);
      // What SQLite answers on a disk that was mounted anew for reading only: SQLITE_READONLY.
      db.exec("PRAGMA query_only = ON");
      await expect(sendTo(chat)).rejects.toMatchObject({
        code: "storage_failed",
        hint: expect.stringContaining("cria doctor"),
      });
      expect((await stores.conversation(conversation.id))?.id).toBe(conversation.id);
      db.exec("PRAGMA query_only = OFF");
    }));
});
