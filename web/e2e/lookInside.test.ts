import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest, replyEnded, say } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("somebody looks inside a reply", () => {
  it("sees what else could have come, chooses it, and finds it all after a reload", async () => {
    // The same reply every time: one in which something else could have come.
    const client = await test.connect();
    await client.request("settings:set", { scope: "everyone", value: { sampling: { seed: 5 } } });
    const page = await test.open();
    await page.getByRole("button", { name: "Look inside" }).click();
    await say(page, "Tell me a short story about a cat.");
    await replyEnded(page);
    const inside = page.getByRole("group", { name: "The reply, token by token" });
    const tokens = inside.locator("[data-index]");
    // What draws them is loaded when it is first needed.
    await tokens.nth(10).waitFor();

    // One that the model was not sure of: something else could have come in its place.
    const probabilities = await tokens.evaluateAll((all) =>
      all.map((token) => Number.parseFloat(token.ariaLabel?.match(/([\d.]+) %$/)?.[1] ?? "")),
    );
    const unsure = probabilities.findIndex((value, index) => index > 0 && value < 80);
    await tokens.first().focus();
    for (let step = 0; step < unsure; step++) await page.keyboard.press("ArrowRight");
    expect(await tokens.nth(unsure).evaluate((token) => token === document.activeElement)).toBe(true);
    const before = (await tokens.allTextContents()).slice(0, unsure).join("");
    await page.getByRole("dialog", { name: /What could have come/ }).waitFor();
    await page.keyboard.press("Enter");
    const chosen = page.locator("[data-alternative]:focus");
    expect(await chosen.textContent()).toMatch(/%$/);
    const name = (await chosen.locator("span").first().textContent())?.replaceAll("␣", " ") ?? "";
    await page.keyboard.press("Enter");
    await page.getByText("Version 2 of 2").waitFor();
    await replyEnded(page);
    const text = () => inside.locator("> div").first().textContent();
    expect((await text())?.startsWith(before + name)).toBe(true);

    const whole = await text();
    await page.reload();
    await tokens.nth(unsure).hover();
    await page.getByRole("dialog", { name: /What could have come/ }).waitFor();
    expect(await text()).toBe(whole);
    if (process.env.CRIA_SHOTS) {
      await page.screenshot({ path: `${process.env.CRIA_SHOTS}/inside-light.png` });
      await page.emulateMedia({ colorScheme: "dark" });
      await page.screenshot({ path: `${process.env.CRIA_SHOTS}/inside-dark.png` });
    }
  });
});
