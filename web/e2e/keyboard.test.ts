import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BrowserTest, replies, replyEnded, say } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
beforeEach(() => test.forgetChats());
afterEach(async () => expect(await test.endStory()).toEqual([]));

/** The name of what has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
  });

/** Presses Tab until something of that name has the focus. */
async function tabTo(page: Page, name: RegExp, key = "Tab"): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (name.test(await focused(page))) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} never came to ${name}`);
}

describe("somebody is faster than the connection", () => {
  it("and the message goes out by itself when the page is connected", async () => {
    let letThrough = () => {};
    const mayConnect = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    const page = await test.openHeldUp(mayConnect);
    await page.getByRole("textbox", { name: "Message" }).fill("What is a llama?");
    await page.keyboard.press("Enter");
    letThrough();
    await replyEnded(page);
    await page.getByRole("article").getByText("What is a llama?").waitFor();
    expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("");
  });
});

describe("somebody without a mouse", () => {
  it("writes two lines, sends, stops with Escape, asks again, and starts a new chat", async () => {
    const page = await test.open();
    expect(await focused(page)).toBe("Message");
    await page.keyboard.type("Tell me a short story");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("about a dog.");
    const halted = await test.haltNextReply();
    await page.keyboard.press("Enter");
    const { resume } = await halted();
    expect(await focused(page)).toBe("Message");
    // The page may hear later than the server that there is something to stop.
    await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
    await page.keyboard.press("Escape");
    resume();
    await replies(page).last().getByText("Stopped", { exact: true }).waitFor();
    await page.getByRole("article").getByText("Tell me a short story\nabout a dog.").waitFor();

    await tabTo(page, /^Regenerate$/, "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Version 2 of 2").waitFor();
    await replyEnded(page);
    await page.keyboard.press("Shift+Escape");
    expect(await focused(page)).toBe("Message");
    await page.keyboard.press("Control+Shift+O");
    await page.getByRole("heading", { name: "Tiny Demo 7M" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    expect(await focused(page)).toBe("Message");
  });

  it("chooses a model with the arrows, and Escape closes the list without stopping anything", async () => {
    const page = await test.open();
    await page.getByRole("heading", { name: "Tiny Demo 7M" }).waitFor();
    await tabTo(page, /^Choose a model: Tiny Demo 7M/);
    await page.keyboard.press("Enter");
    const row = page.getByRole("region", { name: "Choose a model" }).getByRole("button", { name: /^Tiny Demo 7M/ });
    await row.waitFor();
    await page.keyboard.press("ArrowDown");
    expect(await row.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press("t");
    await page.keyboard.press("Escape");
    await row.waitFor({ state: "detached" });
    expect(await focused(page)).toContain("Choose a model");
  });

  it("hides the history and brings it back; what is hidden is out of the way of Tab", async () => {
    const page = await test.open();
    const history = page.getByRole("navigation", { name: "Chat history" });
    await history.waitFor();
    await page.keyboard.press("Control+b");
    await history.waitFor({ state: "hidden" });
    await page.keyboard.press("Control+b");
    await history.waitFor();
  });

  it("moves through messages with Alt and the arrows, but not while there is a text that they move in", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    await page.keyboard.type("a draft");
    await page.keyboard.press("Alt+ArrowUp");
    expect(await focused(page)).toBe("Message");
    for (let letter = 0; letter < 7; letter++) await page.keyboard.press("Backspace");
    await page.keyboard.press("Alt+ArrowUp");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("ARTICLE");
  });

  it("stays where they were when what they pressed is replaced: versions, a new try, a deleted message", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    const press = async (name: string, at: "first" | "last" = "last") => {
      await page.getByRole("article")[at]().getByRole("button", { name }).press("Enter");
    };
    await press("Regenerate");
    await page.getByText("Version 2 of 2").waitFor();
    await expect.poll(() => focused(page)).toBe("Message");
    await replyEnded(page);
    await press("Previous version");
    await page.getByText("Version 1 of 2").waitFor();
    // There is none before it: the other arrow, which leads back.
    await expect.poll(() => focused(page)).toBe("Next version");
    await page.keyboard.press("Enter");
    await page.getByText("Version 2 of 2").waitFor();
    await expect.poll(() => focused(page)).toBe("Previous version");

    await press("Edit", "first");
    await page.keyboard.type(" And what can you do?");
    await page.keyboard.press("Enter");
    const question = page.getByRole("article").first();
    await question.getByText("Version 2 of 2").waitFor();
    await replyEnded(page);
    await press("Previous version", "first");
    await question.getByText("Version 1 of 2").waitFor();
    await expect.poll(() => focused(page)).toBe("Next version");

    await press("More actions");
    await page.getByRole("menuitem", { name: "Delete from here on" }).press("Enter");
    const undo = page.getByRole("button", { name: "Undo" });
    await undo.waitFor();
    await expect.poll(() => focused(page)).toBe("More actions");
    await undo.press("Enter");
    await expect.poll(() => focused(page)).toBe("Message");
  });

  it("stays at the chat that was renamed or pinned, and at the button that shows or hides the history", async () => {
    const page = await test.open();
    await say(page, "Who is Mina?");
    await replyEnded(page);
    const history = page.getByRole("navigation", { name: "Chat history" });
    const choose = async (title: string, item: string) => {
      await history.getByRole("button", { name: `Options for “${title}”` }).press("Enter");
      await page.getByRole("menuitem", { name: item }).press("Enter");
    };
    await choose("Who is Mina?", "Rename");
    await page.keyboard.type("Llamas");
    await page.keyboard.press("Enter");
    await history.getByRole("link", { name: "Llamas" }).waitFor();
    await expect.poll(() => focused(page)).toBe("Llamas");
    await choose("Llamas", "Rename");
    await page.keyboard.press("Escape");
    await expect.poll(() => focused(page)).toBe("Llamas");
    await choose("Llamas", "Pin to the top");
    await history.getByRole("heading", { name: "Pinned" }).waitFor();
    await expect.poll(() => focused(page)).toBe("Options for “Llamas”");

    await page.getByRole("button", { name: "Hide chat history" }).press("Enter");
    await expect.poll(() => focused(page)).toBe("Show chat history");
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page)).toBe("Hide chat history");

    await page.setViewportSize({ width: 900, height: 700 });
    await page.getByRole("button", { name: "Show chat history" }).press("Enter");
    await expect.poll(() => focused(page)).toBe("Hide chat history");
    await page.keyboard.press("Escape");
    await expect.poll(() => focused(page)).toBe("Show chat history");
  });

  it("gets to the message box first with the skip link", async () => {
    const page = await test.open();
    await tabTo(page, /^Skip to message box$/, "Shift+Tab");
    await page.keyboard.press("Enter");
    expect(await focused(page)).toBe("Message");
  });
});
