import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { untilGone } from "../../server/test/TestServer.js";
import { BrowserTest, lastReplyLetters, lettersOf, replies, replyEnded, say } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

/** Whether two tabs are at the same place of a reply. */
const showTheSame = async (one: Page, other: Page) => (await lastReplyLetters(one)) === (await lastReplyLetters(other));

const story = "Tell me a short story about a dog.";

describe("a reply is being written", () => {
  it("reloading in the middle loses nothing and doubles nothing", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply(60);
    await say(page, story);
    const { resume, text } = await halted();
    try {
      await expect.poll(() => lastReplyLetters(page).then((shown) => shown.length)).toBeGreaterThanOrEqual(40);
      const before = await lastReplyLetters(page);
      await page.reload();
      // What the model had said before it was halted may still have been on its way.
      await expect.poll(async () => (await lastReplyLetters(page)).startsWith(before)).toBe(true);
    } finally {
      resume();
    }
    await replyEnded(page);
    expect(await lastReplyLetters(page)).toBe(lettersOf(await text()));
  });

  it("a second tab shows the same text, and both the same end", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply(60);
    await say(page, story);
    const { resume, text, conversationId } = await halted();
    const second = await test.openBeside(page, `/c/${conversationId}`);
    try {
      await expect.poll(() => lastReplyLetters(second).then((shown) => shown.length)).toBeGreaterThanOrEqual(40);
      await expect.poll(() => showTheSame(second, page)).toBe(true);
    } finally {
      resume();
    }
    await Promise.all([replyEnded(page), replyEnded(second)]);
    const whole = lettersOf(await text());
    expect(await lastReplyLetters(page)).toBe(whole);
    expect(await lastReplyLetters(second)).toBe(whole);
  });

  it("what one tab sends appears in the other", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    const second = await test.openBeside(page, new URL(page.url()).pathname);
    await replyEnded(second);
    await say(second, "What is a llama?");
    await page.getByRole("log").getByText("What is a llama?").waitFor();
    await Promise.all(
      [page, second].map((tab) => replies(tab).nth(1).getByRole("button", { name: "Regenerate" }).waitFor()),
    );
    expect(await lastReplyLetters(page)).toBe(await lastReplyLetters(second));
  });

  it("stopping in one tab stops it in the other", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, story);
    const { resume, conversationId } = await halted();
    const second = await test.openBeside(page, `/c/${conversationId}`);
    await second.getByRole("button", { name: "Stop" }).click();
    resume();
    for (const tab of [page, second]) await replies(tab).last().getByText("Stopped", { exact: true }).waitFor();
    expect(await lastReplyLetters(page)).toBe(await lastReplyLetters(second));
  });

  it("leaving the chat stops nothing: it is finished when one comes back", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, story);
    const { resume, text } = await halted();
    await page.getByRole("button", { name: "New chat" }).click();
    resume();
    const whole = lettersOf(await text());
    await page.goBack();
    await replyEnded(page);
    expect(await lastReplyLetters(page)).toBe(whole);
  });
});

describe("the connection is lost in the middle", () => {
  it("says so, keeps the draft, and goes on where it was", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, story);
    const { resume, text } = await halted();
    const box = page.getByRole("textbox", { name: "Message" });
    await box.fill("and then?");
    await page.context().setOffline(true);
    test.cutPages();
    await page.getByText("Connection to Cria lost.").waitFor();
    expect(await page.getByRole("button", { name: "Send" }).count()).toBe(0);
    await box.press("Enter");
    expect(await box.inputValue()).toBe("and then?");
    resume();
    const whole = lettersOf(await text());
    await page.context().setOffline(false);
    await replyEnded(page);
    await page.getByText("Connection to Cria lost.").waitFor({ state: "detached" });
    expect(await lastReplyLetters(page)).toBe(whole);
    expect(await box.inputValue()).toBe("and then?");
    test.forgiveLostConnection();
  });
});

describe("the model's process is killed in the middle", () => {
  it("says what happened, keeps the text, and tries again with a new process", async () => {
    await test.loadAgain();
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, story);
    const { processId, text } = await halted();
    process.kill(processId, "SIGKILL");
    await untilGone(processId);
    const notice = page.getByText("The model stopped unexpectedly.", { exact: true });
    await notice.waitFor();
    await page.getByText("What was written so far is kept.").waitFor();
    // It is said once, by the page alone.
    expect(await page.getByText(/is kept/).count()).toBe(1);
    const kept = await text();
    expect(kept.length).toBeGreaterThanOrEqual(30);
    expect(await lastReplyLetters(page)).toBe(lettersOf(kept));
    await page.reload();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Version 2 of 2").waitFor();
    await replyEnded(page);
    expect(await notice.count()).toBe(0);
  });
});
