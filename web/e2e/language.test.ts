import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("somebody whose browser speaks German", () => {
  it("finds the page in German, switches it to English by keyboard, and finds it in English after a reload", async () => {
    const page = await test.open({ locale: "de-DE", box: "Nachricht" });
    expect(await page.locator("html").getAttribute("lang")).toBe("de");
    await page.getByRole("textbox", { name: "Nachricht" }).fill("Who are you?");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Neu erzeugen" }).waitFor();
    await page.getByText(/\d,\d Tok\.\/s/).waitFor();

    const chooses = async (more: string, name: string) => {
      await page.getByRole("navigation").getByRole("button", { name: more, exact: true }).focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("End");
      await page.getByRole("menuitemcheckbox", { name }).focus();
      await page.keyboard.press("Enter");
    };
    await chooses("Mehr", "English");
    await page.getByRole("button", { name: "Regenerate" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    await page.reload();
    await page.getByRole("button", { name: "Regenerate" }).waitFor();
    await chooses("More", "Language of the browser");
    await page.getByRole("button", { name: "Neu erzeugen" }).waitFor();
  });

  it("does not make others load German: an English page has one table", async () => {
    const page = await test.open();
    const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    expect(loaded.filter((name) => /german/.test(name))).toEqual([]);
  });
});
