import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest } from "./BrowserTest.js";

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
});
