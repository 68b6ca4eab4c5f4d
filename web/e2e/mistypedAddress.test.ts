import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest } from "./BrowserTest.js";
import { findings } from "./findings.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => {
  // The status of the very page that is opened.
  test.forgiveRefusals();
  expect(await test.endStory()).toEqual([]);
});

describe("somebody mistypes an address", () => {
  it.each(["light", "dark"] as const)("and finds the way back by keyboard, in a %s page", async (colorScheme) => {
    const page = await test.openElsewhere(`${test.cria.url}/chatz`, { colorScheme, bypassCSP: true });
    await page.getByRole("heading", { name: "There is nothing at this address" }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Message" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
  });

  it("and reads it in German, in the colours that were chosen on the page", async () => {
    const page = await test.open({ locale: "de-DE", colorScheme: "light", box: "Nachricht" });
    await page.evaluate(() => localStorage.setItem("cria.theme", "dark"));
    await page.goto(`${test.cria.url}/modelle`);
    await page.getByRole("heading", { name: "Unter dieser Adresse gibt es nichts" }).waitFor();
    expect(await page.title()).toBe("Cria: hier ist nichts");
    expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme])).toEqual([
      "de",
      "dark",
    ]);
    await page.getByRole("link", { name: "Zu Ihren Chats" }).click();
    await page.getByRole("textbox", { name: "Nachricht" }).waitFor();
  });
});
