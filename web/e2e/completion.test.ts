import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest } from "./BrowserTest.js";
import { findings } from "./findings.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("somebody lets the model go on with a text", () => {
  it("from the cursor, takes it back and brings it again, and finds it after a reload", async () => {
    const page = await test.open();
    await page.getByRole("link", { name: "Completion" }).click();
    const editor = page.getByRole("textbox", { name: "Text to go on with" });
    await editor.fill("Once upon a time, there was a little dog\n\nThe end.");
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("End");
    await page.keyboard.press("Control+Enter");
    await page.getByText("stop:").waitFor();
    const whole = await editor.inputValue();
    expect(whole).toMatch(/^Once upon a time, there was a little dog.+\n\nThe end\.$/s);
    const [written] = await page.locator("mark").allTextContents();
    expect(`Once upon a time, there was a little dog${written}\n\nThe end.`).toBe(whole);
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await editor.inputValue()).toBe("Once upon a time, there was a little dog\n\nThe end.");
    await editor.press("Control+y");
    expect(await editor.inputValue()).toBe(whole);
    if (process.env.CRIA_SHOTS) {
      await page.screenshot({ path: `${process.env.CRIA_SHOTS}/completion-light.png` });
      await page.emulateMedia({ colorScheme: "dark" });
      await page.screenshot({ path: `${process.env.CRIA_SHOTS}/completion-dark.png`, animations: "disabled" });
    }
    await page.reload();
    await editor.waitFor();
    expect(await editor.inputValue()).toBe(whole);
    expect(await page.locator("mark").allTextContents()).toEqual([written]);
  });

  it("begins with a template that asks for what goes into it, by keyboard, and takes that back as one step", async () => {
    const page = await test.open({ path: "/", bypassCSP: true });
    await page.getByRole("link", { name: "Completion" }).click();
    const editor = page.getByRole("textbox", { name: "Text to go on with" });
    await editor.fill("Before. ");
    await page.getByRole("button", { name: "Templates" }).press("Enter");
    await page.getByRole("menuitem", { name: "translate" }).press("Enter");
    const fields = page.getByRole("group", { name: "Fill in translate" });
    await fields.getByLabel("Language").fill("German");
    await fields.getByLabel("Prompt").fill("Good morning.");
    expect(await findings(page)).toEqual([]);
    if (process.env.CRIA_SHOTS) await page.screenshot({ path: `${process.env.CRIA_SHOTS}/completion-template.png` });
    await page.keyboard.press("Control+Enter");
    await fields.waitFor({ state: "detached" });
    const text = await editor.inputValue();
    expect(text).toMatch(/^Before\. Here is a text in English and, below it, its translation into German\./);
    // One goes on writing behind it.
    expect(
      await editor.evaluate((box: HTMLTextAreaElement) => document.activeElement === box && box.selectionEnd),
    ).toBe(text.length);
    await editor.press("Control+z");
    expect(await editor.inputValue()).toBe("Before. ");
    await page.getByRole("button", { name: "Templates" }).press("Enter");
    await page.getByRole("menuitem", { name: "Edit templates…" }).press("Enter");
    await page.getByRole("dialog", { name: "Prompt templates" }).waitFor();
  });
});

describe("somebody who wants the text to go on otherwise", () => {
  it("opens the parameters beside it with a key, and what was just changed counts for the next words", async () => {
    const page = await test.open({ bypassCSP: true });
    await page.getByRole("link", { name: "Completion" }).click();
    const editor = page.getByRole("textbox", { name: "Text to go on with" });
    await editor.fill("Once upon a time");
    await page.keyboard.press("Control+.");
    const panel = page.getByRole("complementary", { name: "Parameters" });
    await panel.waitFor();
    // A text belongs to no chat, and nothing is told first.
    expect(await panel.getByRole("radio").count()).toBe(2);
    expect(await panel.getByText("For every text with Tiny Demo 7M").count()).toBe(1);
    expect(await panel.getByRole("textbox", { name: /System prompt/ }).count()).toBe(0);
    const longest = panel.getByRole("spinbutton", { name: "Longest reply" });
    await longest.fill("3");
    await longest.press("Tab");
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("· 3 tokens ·").waitFor();
    expect(await findings(page)).toEqual([]);
    if (process.env.CRIA_SHOTS) await page.screenshot({ path: `${process.env.CRIA_SHOTS}/completion-parameters.png` });
    // In the chat the same panel has the chat's own, and the system prompt.
    await page.getByRole("button", { name: "New chat" }).click();
    await expect.poll(() => panel.getByRole("radio").count()).toBe(3);
    await page.getByRole("link", { name: "Completion" }).click();
    await panel.getByRole("button", { name: "Hide parameters" }).click();
    await panel.waitFor({ state: "detached" });
    const client = await test.connect();
    await client.request("settings:set", { scope: { modelId: "alpaca.demo" }, value: {} });
  });
});
