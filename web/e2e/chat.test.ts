import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BrowserTest, lastReplyLetters, lettersOf, replies, replyEnded, say } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
beforeEach(() => test.forgetChats());
afterEach(async () => expect(await test.endStory()).toEqual([]));

const story = "Tell me a short story about a dog.";

describe("somebody opens Cria for the first time", () => {
  it("is told that this is a tiny demo, presses an example and reads the first reply as it comes", async () => {
    const page = await test.open();
    await page.getByRole("heading", { name: "Tiny Demo 7M" }).waitFor();
    await page.getByText("it makes mistakes").waitFor();
    await page.getByRole("button", { name: "Install LLaMA 7B" }).waitFor();
    const halted = await test.haltNextReply();
    await page.getByRole("button", { name: story }).click();
    const { resume, text, conversationId } = await halted();
    try {
      await expect.poll(() => lastReplyLetters(page).then((shown) => shown.length)).toBeGreaterThanOrEqual(20);
      await page.getByRole("button", { name: "Stop" }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/c/${conversationId}`);
    } finally {
      resume();
    }
    await replyEnded(page);
    expect(await lastReplyLetters(page)).toBe(lettersOf(await text()));
    await page.getByText(/\d tok\/s/).waitFor();
    await page.getByText(/stop: (length limit|context full)/).waitFor();
    await page.getByRole("navigation", { name: "Chat history" }).getByRole("link", { name: story }).waitFor();
  });
});

describe("somebody chats", () => {
  it("goes on with the next message, and finds it all after a reload", async () => {
    const page = await test.open();
    await say(page, "My name is Tom.");
    await replyEnded(page);
    await say(page, "What is my name?");
    await replies(page).nth(1).getByRole("button", { name: "Regenerate" }).waitFor();
    const before = await page.getByRole("log").textContent();
    await page.reload();
    await replyEnded(page);
    expect(lettersOf((await page.getByRole("log").textContent()) ?? "")).toBe(lettersOf(before ?? ""));
  });

  it("stops a reply: it stays as it was shown, and does not grow back after a reload", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, story);
    const { resume, text } = await halted();
    await page.getByRole("button", { name: "Stop" }).click();
    resume();
    await replies(page).last().getByText("Stopped", { exact: true }).waitFor();
    const shown = await lastReplyLetters(page);
    expect(shown).toBe(lettersOf(await text()));
    await page.reload();
    await replies(page).last().getByText("Stopped", { exact: true }).waitFor();
    expect(await lastReplyLetters(page)).toBe(shown);
  });

  it("asks for another version and goes back to the first", async () => {
    const page = await test.open();
    await say(page, "Write a poem about autumn.");
    await replyEnded(page);
    const first = await lastReplyLetters(page);
    await replies(page).last().getByRole("button", { name: "Regenerate" }).click();
    await page.getByText("Version 2 of 2").waitFor();
    await replyEnded(page);
    const second = await lastReplyLetters(page);
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByText("Version 1 of 2").waitFor();
    expect(await lastReplyLetters(page)).toBe(first);
    await page.getByRole("button", { name: "Next version" }).click();
    await page.getByText("Version 2 of 2").waitFor();
    expect(await lastReplyLetters(page)).toBe(second);
  });

  it("writes on while a reply is made; Enter keeps the next message until the reply is finished", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, story);
    const { resume } = await halted();
    await say(page, "Who are you?");
    await page.getByText("Sends when the reply is finished").waitFor();
    resume();
    await replies(page).nth(1).getByRole("button", { name: "Regenerate" }).waitFor();
    await page.getByRole("log").getByText("Who are you?", { exact: true }).waitFor();
    expect(await page.getByText("Sends when the reply is finished").count()).toBe(0);
  });

  it("finds a draft again in the chat it was written in", async () => {
    const page = await test.open();
    const box = page.getByRole("textbox", { name: "Message" });
    await say(page, "Who are you?");
    await replyEnded(page);
    await box.fill("half a thought");
    await page.getByRole("button", { name: "New chat" }).click();
    expect(await box.inputValue()).toBe("");
    await page.goBack();
    await replyEnded(page);
    expect(await box.inputValue()).toBe("half a thought");
    await page.reload();
    await replyEnded(page);
    expect(await box.inputValue()).toBe("half a thought");
  });

  it("sees that the context is full before sending, and takes the text into a new chat", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    const long = "one two three four ".repeat(120);
    await page.getByRole("textbox", { name: "Message" }).fill(long);
    const notice = page.getByRole("region", { name: /more than the model can hold/ });
    await notice.waitFor();
    expect(await page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
    // Shortened and sent at once, before it could be counted again: it goes out by itself.
    await say(page, "What is a llama?");
    await replies(page).nth(1).getByRole("button", { name: "Regenerate" }).waitFor();
    await page.getByRole("textbox", { name: "Message" }).fill(long);
    await notice.getByRole("button", { name: "New chat" }).click();
    await page.getByRole("heading", { name: "Tiny Demo 7M" }).waitFor();
    expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe(long);
  });
});
