import { existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Conversation, Message } from "../protocol/conversation.js";
import { openExistingDatabase } from "../storage/openDatabase.js";
import { CriaProcess } from "./CriaProcess.js";
import { TestServer, temporaryHome } from "./TestServer.js";

const messageCount = 20_000;
const file = JSON.stringify({
  conv: { id: "x", name: "Long", lastModified: 1000 },
  messages: Array.from({ length: messageCount }, (_, id) => ({
    id,
    parent: id - 1,
    role: id % 2 === 0 ? "user" : "assistant",
    content: `Message ${id}`,
    timestamp: 1000 + id,
  })),
});

const post = (url: string) =>
  fetch(`${url}/api/import`, {
    method: "POST",
    body: file,
    headers: { "content-type": "application/json", "x-cria": "1" },
  });

/** Resolves as soon as some of the messages lie on the disk. */
async function untilSomeAreStored(path: string): Promise<number> {
  const db = openExistingDatabase(path);
  try {
    const count = db.prepare("SELECT count(*) AS count FROM messages");
    for (;;) {
      const stored = (count.get() as { count: number }).count;
      if (stored > 0) return stored;
      await setImmediate();
    }
  } finally {
    db.close();
  }
}

it("[EX6] a server that is killed in the middle of an import has nothing of the chat, and takes it whole afterwards", async () => {
  const home = await temporaryHome();
  const cria = new CriaProcess(["serve", "0", "--home", home.path, "--no-open"], { CRIA_GPU: "off" });
  try {
    const url = await cria.url();
    const path = join(home.path, "cria.db");
    expect(existsSync(path)).toBe(true);
    const cut = post(url).then(
      () => false,
      () => true,
    );
    const stored = await untilSomeAreStored(path);
    cria.child.kill("SIGKILL");
    await cria.ended;
    expect(stored).toBeLessThan(messageCount);
    expect(await cut).toBe(true);
    const server = await TestServer.startOn(home.path);
    try {
      const list = async () => {
        const chats = (await (await fetch(`${server.url}/api/export`)).json()) as {
          conversation: Conversation;
          messages: Message[];
        }[];
        return chats.map(({ conversation, messages }) => [conversation.title, messages.length]);
      };
      expect(await list()).toEqual([]);
      expect(await (await post(server.url)).json()).toMatchObject({ outcomes: ["added"] });
      expect(await list()).toEqual([["Long", messageCount]]);
      expect(await (await post(server.url)).json()).toMatchObject({ outcomes: ["present"] });
    } finally {
      await server.close();
    }
  } finally {
    cria.child.kill("SIGKILL");
    await cria.ended;
    await home.remove();
  }
});
