import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Allowance } from "../chat/Allowance.js";
import { ChatFeed } from "../chat/ChatFeed.js";
import { ImportService } from "../chat/ImportService.js";
import { KeyedQueue } from "../chat/KeyedQueue.js";
import { PostgresChatStorage } from "../chat/PostgresChatStorage.js";
import { createLogger } from "../platform/logger.js";
import type { ChatStores } from "../storage/ChatStores.js";
import { PostgresProcess } from "./services/PostgresProcess.js";

const file = Array.from({ length: 6 }, (_, chat) => ({
  conv: { id: `x${chat}`, name: `Chat ${chat}`, lastModified: 1000 },
  // Short ones are stored at once, long ones bit by bit.
  messages: Array.from({ length: chat % 2 === 0 ? 4 : 250 }, (_, id) => ({
    id,
    parent: id - 1,
    role: id % 2 === 0 ? "user" : "assistant",
    content: `Message ${id} of ${chat}`,
    timestamp: 1000 + id + 1000 * chat,
  })),
}));

/** What one server has for an owner. */
function nodeOf(stores: ChatStores): ImportService {
  const allowance = new Allowance(stores, undefined);
  return new ImportService({ stores, allowance, feed: new ChatFeed(), queue: new KeyedQueue() });
}

describe.skipIf(!PostgresProcess.available)("[EX5] imports at the same moment on several servers", () => {
  let process: PostgresProcess;
  const storages: PostgresChatStorage[] = [];
  beforeAll(async () => {
    process = await PostgresProcess.start();
    for (const mark of ["a.", "b."])
      storages.push(await PostgresChatStorage.connect(process.url, mark, createLogger("silent")));
  });
  afterAll(async () => {
    for (const storage of storages) await storage.close();
    await process.close();
  });
  const openAll = async (owner: string) =>
    await Promise.all(storages.map(async (storage) => (await storage.open(owner)).stores));

  it("store one file once", async () => {
    const stores = await openAll("alice");
    const results = await Promise.all([...stores, ...stores].map((opened) => nodeOf(opened).import(file)));
    const outcomes = results.map(({ outcomes }) => [...new Set(outcomes)].join());
    expect(outcomes.toSorted()).toEqual(["added", "present", "present", "present"]);
    const [one] = stores;
    expect(await one?.stored.list()).toHaveLength(file.length);
    for (const { conversations } of results)
      expect(conversations.map(({ id }) => id)).toEqual(results[0]?.conversations.map(({ id }) => id));
    await Promise.all(stores.map((opened) => opened.close()));
  });

  it("leave the chats their connections, however many owners import", async () => {
    const owners = Array.from({ length: 24 }, (_, n) => `owner-${n}`);
    const opened = (await Promise.all(owners.map(openAll))).flat();
    const imports = opened.map((stores) => nodeOf(stores).import(file.slice(0, 2)));
    const [first] = opened;
    expect(await first?.stored.get("nothing")).toBeUndefined();
    await Promise.all(imports);
    for (const stores of opened) expect(await stores.stored.list()).toHaveLength(2);
    await Promise.all(opened.map((stores) => stores.close()));
  });

  it("are given up with the connection that has the lock, and what came before it is there", async () => {
    const stores = await openAll("bob");
    const [broken, whole] = stores;
    if (broken === undefined || whole === undefined) throw new Error("two were opened");
    const { stored } = broken;
    const lost = stored.alone(async (store) => {
      await store.addMessages(chat, [message], undefined);
      await process.stop();
      await process.run();
      await store.addMessages({ ...chat, id: "c2" }, [{ ...message, id: "m2", conversationId: "c2" }], undefined);
    });
    await expect(lost).rejects.toMatchObject({ code: "storage_failed" });
    expect((await whole.stored.list()).map(({ id }) => id)).toEqual(["c"]);
    // Nobody has the lock now.
    expect(await whole.stored.alone(async () => "mine")).toBe("mine");
    await Promise.all(stores.map((opened) => opened.close()));
  });
});

const chat = {
  id: "c",
  title: "Hi",
  createdAtMs: 1,
  updatedAtMs: 1,
  pinned: false,
  temporary: false,
  settings: {},
};
const message = {
  id: "m",
  conversationId: "c",
  role: "user" as const,
  text: "Hi",
  status: "complete" as const,
  createdAtMs: 1,
};
