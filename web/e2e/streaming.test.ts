import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { untilGone } from "../../server/test/TestServer.js";
import { BrowserTest, lastReplyText, oneLine, replies, replyEnded, say } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

const story = "Tell me a short story about a dog.";

describe("a reply is being written", () => {
  it("reloading in the middle loses nothing and doubles nothing", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply(60);
    await say(page, story);
    const { resume, text } = await halted();
    try {
      await expect.poll(() => lastReplyText(page).then((shown) => shown.length)).toBeGreaterThanOrEqual(50);
      const before = await lastReplyText(page);
      await page.reload();
      await expect.poll(() => lastReplyText(page)).toBe(before);
    } finally {
      resume();
    }
    await replyEnded(page);
    expect(await lastReplyText(page)).toBe(oneLine(await text()));
  });

  it("a second tab shows the same text, and both the same end", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply(60);
    await say(page, story);
    const { resume, text, conversationId } = await halted();
    const second = await test.openBeside(page, `/c/${conversationId}`);
    try {
      await expect.poll(() => lastReplyText(second).then((shown) => shown.length)).toBeGreaterThanOrEqual(50);
      expect(await lastReplyText(second)).toBe(await lastReplyText(page));
    } finally {
      resume();
    }
    await Promise.all([replyEnded(page), replyEnded(second)]);
    const whole = oneLine(await text());
    expect(await lastReplyText(page)).toBe(whole);
    expect(await lastReplyText(second)).toBe(whole);
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
    expect(await lastReplyText(page)).toBe(await lastReplyText(second));
  });

  it("stopping in one tab stops it in the other", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, story);
    const { resume, conversationId } = await halted();
    const second = await test.openBeside(page, `/c/${conversationId}`);
    await second.getByRole("button", { name: "Stop" }).click();
    resume();
    await replies(page).last().getByText("Stopped", { exact: true }).waitFor();
    expect(await lastReplyText(page)).toBe(await lastReplyText(second));
  });

  it("leaving the chat stops nothing: it is finished when one comes back", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, story);
    const { resume, text } = await halted();
    await page.getByRole("button", { name: "New chat" }).click();
    resume();
    const whole = oneLine(await text());
    await page.goBack();
    await replyEnded(page);
    expect(await lastReplyText(page)).toBe(whole);
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
    const whole = oneLine(await text());
    await page.context().setOffline(false);
    await replyEnded(page);
    await page.getByText("Connection to Cria lost.").waitFor({ state: "detached" });
    expect(await lastReplyText(page)).toBe(whole);
    expect(await box.inputValue()).toBe("and then?");
    test.forgiveLostConnection();
  });
});

describe("the model's process is killed in the middle", () => {
  it("says what happened, keeps the text, and tries again with a new process", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, story);
    const { processId, text } = await halted();
    process.kill(processId, "SIGKILL");
    await untilGone(processId);
    const notice = page.getByRole("region", { name: "The model stopped unexpectedly." });
    await notice.getByText("What was written so far is kept.").waitFor();
    const kept = oneLine(await text());
    expect(kept.length).toBeGreaterThanOrEqual(25);
    expect(oneLine((await replies(page).last().locator("p").first().textContent()) ?? "")).toBe(kept.split("\n")[0]);
    await page.reload();
    await notice.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Version 2 of 2").waitFor();
    await page.getByText("stop: end").waitFor();
    expect(await notice.count()).toBe(0);
  });
});
