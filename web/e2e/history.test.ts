import { readFileSync } from "node:fs";
import type { Download, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BrowserTest, replies, replyEnded, say } from "./BrowserTest.js";
import { importChat } from "./importChat.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
beforeEach(() => test.forgetChats());
afterEach(async () => expect(await test.endStory()).toEqual([]));

const history = (page: Page) => page.getByRole("navigation", { name: "Chat history" });

/** Chooses from the menu of a chat in the list. */
async function choose(page: Page, title: string, item: string): Promise<void> {
  await history(page).getByRole("link", { name: title }).hover();
  await history(page)
    .getByRole("button", { name: `Options for “${title}”` })
    .click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** The file that is offered as soon as one did this. */
async function downloaded(page: Page, doing: Promise<void>): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download"), doing]);
  return download;
}

describe("somebody tidies up", () => {
  it("sees in every window in which chat a reply is being written", async () => {
    const page = await test.open();
    const other = await test.openBeside(page, "/");
    await page.bringToFront();
    const halted = await test.haltNextReply();
    await say(page, "Tell me a story about a busy bee.");
    const { resume } = await halted();
    for (const tab of [page, other])
      await tab.getByRole("link", { name: /A reply is being written.*busy bee/ }).waitFor();
    resume();
    await replyEnded(page);
    for (const tab of [page, other]) {
      await tab.getByRole("img", { name: "A reply is being written" }).waitFor({ state: "detached" });
      await tab.getByRole("link", { name: /busy bee/ }).waitFor();
    }
  });

  it("renames, pins, deletes a chat and takes that back, while another window follows", async () => {
    const page = await test.open();
    await say(page, "Say something to delete.");
    await replyEnded(page);
    const other = await test.open();
    await choose(page, "Say something to delete.", "Rename");
    await page.getByRole("textbox", { name: "New title" }).fill("Kept for good");
    await page.keyboard.press("Enter");
    await choose(page, "Kept for good", "Pin to the top");
    const pinned = history(other).getByRole("region", { name: "Pinned" });
    await pinned.getByRole("link", { name: "Kept for good" }).waitFor();

    await choose(page, "Kept for good", "Delete");
    await pinned.waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "Tiny Demo 7M" }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await replyEnded(page);
    await pinned.getByRole("link", { name: "Kept for good" }).waitFor();

    await choose(page, "Kept for good", "Delete");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor({ state: "detached" });
    await page.goBack();
    await page.getByText("This chat does not exist").waitFor();
  });

  it("finds a word with the keyboard alone and reads on where it was said", async () => {
    const page = await test.open();
    await say(page, "My cousin is called Zoë Quixote.");
    await replyEnded(page);
    await page.keyboard.press("Control+Shift+O");
    // Key after key, also with a sidebar that has to come out first: no letter may go into the composer instead.
    await page.keyboard.press("Control+b");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("zoe quix");
    const hit = history(page)
      .getByRole("link", { name: /called Zoë Quixote/ })
      .first();
    await hit.waitFor();
    expect(await hit.locator("mark").allTextContents()).toContain("Quixote");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("log").getByText("Zoë Quixote").waitFor();
  });

  it("takes a chat out as a file and in again, after a look at it", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    const file = await downloaded(page, choose(page, "Who are you?", "Export as JSON"));
    const path = await file.path();
    const exported = JSON.parse(readFileSync(path, "utf8")) as { messages: { text: string }[] };
    expect(exported.messages[0]?.text).toBe("Who are you?");

    await history(page).getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Import chats" }).click();
    const dialog = page.getByRole("dialog", { name: "Import chats" });
    await dialog.getByLabel("Choose a file").setInputFiles({
      name: "broken.json",
      mimeType: "application/json",
      buffer: Buffer.from("{"),
    });
    await dialog.getByText("This file is neither JSON nor a zip.").waitFor();
    // It is here as it was taken out: nothing is offered that would double it.
    await dialog.getByLabel("Choose a file").setInputFiles(path);
    await dialog.getByText("already here ·").waitFor();
    await dialog.getByText("1 chat in this file. All of it is already here").waitFor();
    expect(await dialog.getByRole("button", { name: /^Import/ }).count()).toBe(0);
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await dialog.waitFor({ state: "detached" });
    await choose(page, "Who are you?", "Delete");
    await history(page).getByRole("link", { name: "Who are you?" }).waitFor({ state: "detached" });

    await history(page).getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Import chats" }).click();
    await dialog.getByLabel("Choose a file").setInputFiles(path);
    await dialog.getByText("2 messages").waitFor();
    await dialog.getByRole("button", { name: "Import 1 chat" }).click();
    await dialog.getByText("1 chat imported.").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await history(page).getByRole("link", { name: "Who are you?" }).waitFor();
  });

  it("takes all chats out, as a zip to read and as a file to bring them in again", async () => {
    const page = await test.open();
    await say(page, "What is a llama?");
    await replyEnded(page);
    const takeOut = async (name: string) => {
      await history(page).getByRole("button", { name: "More", exact: true }).click();
      const file = await downloaded(page, page.getByRole("menuitem", { name }).click());
      return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
    };
    const zip = await takeOut("Export all as Markdown (.zip)");
    expect([zip.name, zip.bytes.subarray(0, 2).toString()]).toEqual(["cria-chats.zip", "PK"]);
    expect(zip.bytes.toString("latin1")).toContain("-What-is-a-llama");
    const json = await takeOut("Export all as JSON");
    expect(json.name).toBe("cria-chats.json");
    const chats = JSON.parse(json.bytes.toString()) as { conversation: { title: string } }[];
    expect(chats.map(({ conversation }) => conversation.title)).toContain("What is a llama?");
  });

  it("chooses the zip of all chats as it is, after one that is damaged, and has what was missing again", async () => {
    await importChat(test, "Rivers", ["How long is the Nile?", "Very long."]);
    const page = await test.open();
    await say(page, "Who wrote the zipped chat?");
    await replyEnded(page);
    await history(page).getByRole("button", { name: "More", exact: true }).click();
    const exported = page.getByRole("menuitem", { name: "Export all as Markdown (.zip)" }).click();
    const path = await (await downloaded(page, exported)).path();
    await choose(page, "Who wrote the zipped chat?", "Delete");
    await history(page).getByRole("link", { name: "Who wrote the zipped chat?" }).waitFor({ state: "detached" });
    await history(page).getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Import chats" }).click();
    const dialog = page.getByRole("dialog", { name: "Import chats" });
    const bytes = readFileSync(path);
    const zip = { name: "cria-chats.zip", mimeType: "application/zip" };
    const file = dialog.getByLabel("Choose a file");
    await file.setInputFiles({ ...zip, buffer: bytes.subarray(0, bytes.length - 40) });
    await dialog.getByRole("alert").getByText("The zip cannot be read").waitFor();
    await dialog.getByText("Export the chats again, or unpack the zip").waitFor();
    test.forgiveRefusals();
    await file.setInputFiles({ ...zip, buffer: bytes });
    await dialog
      .getByRole("listitem")
      .filter({ hasText: "Who wrote the zipped chat?" })
      .getByText("2 messages")
      .waitFor();
    await dialog.getByRole("button", { name: "Import 1 chat" }).click();
    await dialog.getByText("1 chat imported. 1 chat was already here.").waitFor();
    await page.keyboard.press("Escape");
    await history(page).getByRole("link", { name: "Who wrote the zipped chat?" }).waitFor();
    expect(await history(page).getByRole("link", { name: "Who wrote the zipped chat?" }).count()).toBe(1);
  });

  it("has a temporary chat that says what it is and leaves nothing behind", async () => {
    const page = await test.open();
    await history(page).getByRole("button", { name: "Temporary chat" }).click();
    await page.getByText("kept in memory only").waitFor();
    await say(page, "My secret is xylophone.");
    await replyEnded(page);
    await page.getByText("kept in memory only").waitFor();
    await history(page).getByRole("img", { name: "Temporary" }).waitFor();
    expect(await page.evaluate(() => JSON.stringify(Object.values(localStorage)))).not.toContain("xylophone");
  });
});

describe("somebody changes their mind", () => {
  it("rewrites a message with the Up arrow; the old version stays, and another window sees which is shown", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    const other = await test.open({ path: new URL(page.url()).pathname });
    await replyEnded(other);
    await page.keyboard.press("ArrowUp");
    const editor = page.getByRole("textbox", { name: "Your text, rewritten" });
    expect(await editor.inputValue()).toBe("Who are you?");
    await editor.fill("What is a llama?");
    await page.keyboard.press("Enter");
    await page.getByText("Version 2 of 2").waitFor();
    await replyEnded(page);
    await other.getByRole("article").getByText("What is a llama?").waitFor();
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByRole("article").getByText("Who are you?").waitFor();
    await other.getByRole("article").getByText("Who are you?").waitFor();
  });

  it("goes on with a stopped reply, branches it into a new chat, deletes from there on and takes that back", async () => {
    const page = await test.open();
    const halted = await test.haltNextReply();
    await say(page, "Tell me a short story about a dog.");
    const { resume } = await halted();
    await page.getByRole("button", { name: "Stop" }).click();
    resume();
    await replies(page).last().getByText("Stopped", { exact: true }).waitFor();
    const before = ((await replies(page).last().locator("p").allInnerTexts())[0] ?? "").trim();
    await page.getByRole("button", { name: "Continue" }).click();
    await replies(page)
      .last()
      .getByText(/stop: (end|length limit)/)
      .waitFor();
    const after = (await replies(page).last().locator("p").allInnerTexts()).join(" ");
    expect(after.startsWith(before)).toBe(true);
    expect(after.length).toBeGreaterThan(before.length);

    const first = new URL(page.url()).pathname;
    await replies(page).last().getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Branch to a new chat" }).click();
    await expect.poll(() => new URL(page.url()).pathname).not.toBe(first);
    await replyEnded(page);

    await replies(page).last().getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitemcheckbox", { name: "Good reply" }).click();
    await replies(page).last().getByRole("img", { name: "Good reply" }).waitFor();
    await replies(page).last().getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Delete from here on" }).click();
    await replies(page).last().waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await replyEnded(page);
  });

  it("lets the oldest messages go when the chat no longer fits, and sees which ones", async () => {
    const page = await test.open();
    const long = `${"The small red fox runs over the green hill. ".repeat(28)}What is this about?`;
    await say(page, long);
    await replyEnded(page);
    await page.getByRole("textbox", { name: "Message" }).fill(long.replace("fox", "dog"));
    const notice = page.getByRole("region", { name: /more than the model can hold/ });
    await notice.getByRole("button", { name: "Leave out the oldest" }).click();
    await page.getByText("The oldest messages are left out.").waitFor();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Not sent from here up").waitFor();
    await replies(page).nth(1).getByRole("button", { name: "Regenerate" }).waitFor();
  });
});
