import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { packagePath } from "../../server/platform/paths.js";
import { BrowserTest, type OpenOptions, replies, replyEnded, say } from "./BrowserTest.js";

// Takes the pictures of the README from the running program: npm run build, then node dist/web-e2e/tests/takeScreenshots.js

const folder = join(packagePath, "docs", "images");
const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const seed = 5;
const questions = ["Tell me a short story about a dog.", "What is a llama?"];

/** Asks the questions, always with the same seed, so that the picture changes only when the page does. */
async function ask(test: BrowserTest): Promise<string> {
  const client = await test.connect();
  let place: { conversationId?: string; parentId?: string } = {};
  for (const text of questions) {
    const { conversation, reply } = await client.send(text, { ...place, sampling: { seed } });
    place = { conversationId: conversation.id, parentId: reply.id };
    await client.follow(reply.generationId ?? "");
    await client.untilEnd(reply.generationId ?? "");
  }
  return `/c/${place.conversationId}`;
}

/** Takes a picture of a chat. */
async function chat(test: BrowserTest, name: string, options: OpenOptions): Promise<void> {
  const page = await test.open(options);
  await replies(page)
    .nth(questions.length - 1)
    .waitFor();
  await replyEnded(page);
  await page.getByRole("log").evaluate((log) => log.scrollBy(0, -10_000));
  // The gauge is filled a moment after the reply, and the pointer rests on nothing.
  await page.getByRole("button", { name: /^Context: [1-9]/ }).waitFor();
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Takes a picture of a reply that is looked into, with what could have come in the place of one of its tokens. */
async function inside(test: BrowserTest, name: string, options: OpenOptions): Promise<void> {
  const client = await test.connect();
  await client.request("settings:set", { scope: "everyone", value: { sampling: { seed } } });
  const page = await test.open(options);
  await page.getByRole("button", { name: "Look inside" }).click();
  await say(page, "Tell me a short story about a cat.");
  await replyEnded(page);
  const tokens = page.getByRole("group", { name: "The reply, token by token" }).locator("[data-index]");
  await tokens.first().focus();
  await page.getByRole("dialog", { name: /What could have come/ }).waitFor();
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await client.request("settings:set", { scope: "everyone", value: {} });
}

/** Takes a picture of what can be installed. */
async function models(test: BrowserTest, name: string, options: OpenOptions): Promise<void> {
  const page = await test.open({ ...options, path: "/models" });
  await page.getByRole("button", { name: "Install LLaMA 7B" }).waitFor();
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

const test = await BrowserTest.start();
try {
  await mkdir(folder, { recursive: true });
  const path = await ask(test);
  await chat(test, "chat-light", { ...desktop, path, colorScheme: "light" });
  await chat(test, "chat-dark", { ...desktop, path, colorScheme: "dark" });
  await chat(test, "chat-phone", { ...phone, path, colorScheme: "light" });
  const start = await test.open({ ...desktop, colorScheme: "light" });
  await start.getByRole("heading", { name: "Tiny Demo 7M" }).waitFor();
  await start.screenshot({ path: join(folder, "start-light.png") });
  await inside(test, "inside-light", { ...desktop, colorScheme: "light" });
  await models(test, "models-dark", { ...desktop, colorScheme: "dark" });
  const problems = await test.endStory();
  if (problems.length > 0) throw new Error(problems.join("\n"));
} finally {
  await test.close();
}
