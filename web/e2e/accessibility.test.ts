import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest, type HaltedReply, replyEnded, say } from "./BrowserTest.js";
import { findings } from "./findings.js";
import { importChat } from "./importChat.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe.each(["light", "dark"] as const)("axe finds nothing in the %s page", (colorScheme) => {
  const open = (path = "/", width = 1280) =>
    test.open({ path, colorScheme, bypassCSP: true, viewport: { width, height: 800 } });

  it("when it is new", async () => {
    const page = await open();
    await page.getByRole("heading", { name: "Tiny Demo 7M" }).waitFor();
    expect(await findings(page)).toEqual([]);
  });

  it("with a chat in it, with each panel open, and while a reply is written", async () => {
    const page = await open();
    await say(page, "Who are you?");
    await replyEnded(page);
    expect(await findings(page)).toEqual([]);
    for (const name of [/Choose a model/, /tokens used/, /tok\/s/]) {
      await page.getByRole("button", { name }).click();
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("Escape");
    }
    const halted = await test.haltNextReply();
    await say(page, "Tell me a short story about a dog.");
    const { resume } = await halted();
    try {
      await say(page, "What is a llama?");
      await page.getByText("Sends when the reply is finished").waitFor();
      expect(await findings(page)).toEqual([]);
    } finally {
      resume();
    }
  });

  it("after an error, and when a message is too long", async () => {
    await test.loadAgain();
    const page = await open();
    const halted = await test.haltNextReply();
    await say(page, "Tell me a short story about a dog.");
    const { processId }: HaltedReply = await halted();
    process.kill(processId, "SIGKILL");
    await page.getByRole("button", { name: "Try again" }).waitFor();
    await page.getByRole("textbox", { name: "Message" }).fill("one two three four ".repeat(120));
    await page.getByRole("region", { name: /more than the model can hold/ }).waitFor();
    expect(await findings(page)).toEqual([]);
  });

  it("with the drawer open, after a deletion, and where there is no such chat", async () => {
    await importChat(test, "Rivers", ["How long is the Nile?", "Very long."]);
    const page = await open("/", 600);
    await page.getByRole("button", { name: "Show chat history" }).click();
    await page.locator("a[href^='/c/']").first().hover();
    expect(await findings(page)).toEqual([]);
    await page
      .getByRole("button", { name: /^Options for/ })
      .first()
      .click();
    await page.getByRole("menuitem", { name: "Delete" }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: "Undo" }).click();
    const missing = await test.open({ colorScheme, bypassCSP: true });
    await missing.goto(`${test.cria.url}/c/nothing`);
    await missing.getByText("This chat does not exist").waitFor();
    expect(await findings(missing)).toEqual([]);
  });
});
