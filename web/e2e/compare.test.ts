import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest, replies, replyEnded } from "./BrowserTest.js";

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("somebody compares", () => {
  it("two settings of a model with one prompt, votes, and keeps one as a chat", async () => {
    const page = await test.open();
    await page.getByRole("link", { name: "Compare" }).click();
    const columns = page.getByRole("region", { name: /^Answer \d/ });
    await columns.nth(0).getByRole("spinbutton", { name: "Temperature" }).fill("0");
    await columns.nth(1).getByRole("spinbutton", { name: "Temperature" }).fill("1.5");
    await page.getByRole("textbox", { name: "Prompt for all models" }).fill("Tell me a story about a bird.");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Keep as chat" }).nth(1).waitFor();
    for (const column of await columns.all())
      await column.getByText(/tok\/s · [\d,]+ tokens · [\d,]+ characters/).waitFor();
    await columns.nth(0).getByRole("button", { name: "Better" }).click();
    await columns.nth(0).getByText("1 win").waitFor();
    if (process.env.CRIA_SHOTS) {
      await page.screenshot({ path: `${process.env.CRIA_SHOTS}/compare-light.png` });
      await page.emulateMedia({ colorScheme: "dark" });
      await page.screenshot({ path: `${process.env.CRIA_SHOTS}/compare-dark.png`, animations: "disabled" });
    }
    const text = oneLine((await columns.nth(0).locator("p").allInnerTexts()).slice(0, -1).join(" "));
    await columns.nth(0).getByRole("button", { name: "Keep as chat" }).click();
    await replyEnded(page);
    await page.getByRole("log").getByText("Tell me a story about a bird.").waitFor();
    const kept = oneLine((await replies(page).last().locator("p").allInnerTexts()).join(" "));
    expect(kept).toBe(text);
  });
});
