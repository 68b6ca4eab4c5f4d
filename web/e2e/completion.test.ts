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
