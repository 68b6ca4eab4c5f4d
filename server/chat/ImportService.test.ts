import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChatStores, sqliteStores } from "../storage/ChatStores.js";
import { openDatabase } from "../storage/openDatabase.js";
import { Allowance } from "./Allowance.js";
import { ChatFeed } from "./ChatFeed.js";
import { ImportService } from "./ImportService.js";
import { KeyedQueue } from "./KeyedQueue.js";

let stores: ChatStores;
let imports: ImportService;
beforeEach(() => {
  stores = new ChatStores(sqliteStores(openDatabase(":memory:")));
  const allowance = new Allowance(stores, undefined);
  imports = new ImportService({ stores, allowance, feed: new ChatFeed(), queue: new KeyedQueue() });
});
afterEach(() => stores.close());

/** One long branch. */
const fileOf = (messageCount: number) => ({
  conv: { id: "x", name: "Long", lastModified: 1000 },
  messages: Array.from({ length: messageCount }, (_, id) => ({
    id,
    parent: id - 1,
    role: id % 2 === 0 ? "user" : "assistant",
    content: `Message ${id} says what it has to say.`,
    timestamp: 1000 + id,
  })),
});

/** Runs the work; calls `look` in every turn of the event loop that others get meanwhile, and gives how many there were. */
async function turnsDuring(work: Promise<unknown>, look: () => void): Promise<number> {
  let ended = false;
  let turns = 0;
  const turn = () => {
    if (ended) return;
    turns++;
    look();
    setImmediate(turn);
  };
  setImmediate(turn);
  await work.finally(() => {
    ended = true;
  });
  return turns;
}

describe("[EX6] an import of a long chat", () => {
  it("lets others have their turn, and shows nothing of the chat before it is whole", async () => {
    const seen: number[] = [];
    const turns = await turnsDuring(imports.import(fileOf(10_000)), () => {
      for (const { id } of stores.stored.list() as { id: string }[])
        seen.push((stores.stored.messages(id) as unknown[]).length);
    });
    expect(turns).toBeGreaterThan(5);
    expect(seen.every((count) => count === 10_000)).toBe(true);
    const [chat] = await stores.stored.list();
    const messages = await stores.stored.messages(chat?.id ?? "");
    expect(messages).toHaveLength(10_000);
    expect(messages.every(({ parentId }, index) => parentId === messages[index - 1]?.id)).toBe(true);
    expect(chat?.headMessageId).toBe(messages.at(-1)?.id);
  });

  it("leaves nothing when it breaks off in the middle, and what a longer file adds to a chat is added as far as it came", async () => {
    const { stored } = stores;
    const addSome = stored.addSome.bind(stored);
    const breakAfter = (pieces: number) => {
      let added = 0;
      stored.addSome = (...piece) => {
        if (added++ === pieces) throw new Error("the server ends here");
        return addSome(...piece);
      };
    };
    breakAfter(3);
    await expect(imports.import(fileOf(1000))).rejects.toThrow("ends here");
    expect(await stored.list()).toEqual([]);
    await stored.purge(Date.now() + 60 * 60 * 1000, 0);
    expect((await stored.held()).conversations).toBe(0);

    breakAfter(1000);
    expect((await imports.import(fileOf(500))).outcomes).toEqual(["added"]);
    breakAfter(2);
    await expect(imports.import(fileOf(1000))).rejects.toThrow("ends here");
    const [chat] = await stored.list();
    expect(await stored.messages(chat?.id ?? "")).toHaveLength(700);
    breakAfter(1000);
    expect((await imports.import(fileOf(1000))).outcomes).toEqual(["extended"]);
    expect(await stored.list()).toHaveLength(1);
    const messages = await stored.messages(chat?.id ?? "");
    expect(messages).toHaveLength(1000);
    expect(messages.every(({ parentId }, index) => parentId === messages[index - 1]?.id)).toBe(true);
    expect((await imports.import(fileOf(1000))).outcomes).toEqual(["present"]);
  });
});
