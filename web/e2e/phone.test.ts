import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BrowserTest, replies, replyEnded, say } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
beforeEach(() => test.forgetChats());
afterEach(async () => expect(await test.endStory()).toEqual([]));

const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

describe("somebody with a phone", () => {
  it("gets a new line from Enter and sends with the button", async () => {
    const page = await test.open(phone);
    const box = page.getByRole("textbox", { name: "Message" });
    await box.fill("Who are");
    await box.press("Enter");
    await page.keyboard.type("you?");
    expect(await box.inputValue()).toBe("Who are\nyou?");
    await page.getByRole("button", { name: "Send" }).tap();
    await replyEnded(page);
    await replies(page).last().getByRole("button", { name: "Copy", exact: true }).waitFor();
  });

  it("opens the history as a drawer, picks a chat, and the drawer goes away", async () => {
    const page = await test.open(phone);
    await page.getByRole("textbox", { name: "Message" }).fill("What is a llama?");
    await page.getByRole("button", { name: "Send" }).tap();
    await replyEnded(page);
    await page.getByRole("button", { name: "New chat" }).tap();
    const history = page.getByRole("navigation", { name: "Chat history" });
    expect(await history.isVisible()).toBe(false);
    await page.getByRole("button", { name: "Show chat history" }).tap();
    await history.waitFor();
    expect(await page.locator("main").evaluate((main) => main.closest("[inert]") !== null)).toBe(true);
    await history.getByRole("link", { name: "What is a llama?" }).tap();
    await replyEnded(page);
    await history.waitFor({ state: "hidden" });
  });

  it("has the width of the page to write in, also when the tokens are counted beside it", async () => {
    const page = await test.open({ ...phone, viewport: { width: 320, height: 640 } });
    const box = page.getByRole("textbox", { name: "Message" });
    const empty = await box.boundingBox();
    // The model's name is longer than the box: it takes one line.
    expect(empty?.height).toBeLessThan(48);
    await box.fill("word ".repeat(400));
    await page.getByText(/^\d+ \/ 512 tokens$/).waitFor();
    expect((await box.boundingBox())?.width).toBe(empty?.width);
  });

  it("can press all that is offered when a message no longer fits", async () => {
    const page = await test.open({ ...phone, viewport: { width: 320, height: 640 } });
    const box = page.getByRole("textbox", { name: "Message" });
    await box.fill("What is a llama?");
    await page.getByRole("button", { name: "Send" }).tap();
    await replyEnded(page);
    await box.fill("word ".repeat(455));
    const notice = page.getByRole("region", { name: /^This is more than the model can hold/ });
    await notice.getByRole("button", { name: "New chat" }).waitFor();
    const edges = await notice
      .getByRole("button")
      .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().right));
    expect(edges.length).toBe(3);
    expect(Math.max(...edges)).toBeLessThanOrEqual(320 - 16);
  });

  it("finds every button big enough for a finger", async () => {
    const page = await test.open(phone);
    await page.getByRole("textbox", { name: "Message" }).fill("Who are you?");
    await page.getByRole("button", { name: "Send" }).tap();
    await replyEnded(page);
    const small = await page.locator("button:visible").evaluateAll((buttons) =>
      buttons.flatMap((button) => {
        const { width, height } = button.getBoundingClientRect();
        return Math.min(width, height) < 44 ? [`${button.ariaLabel ?? button.textContent}: ${width} x ${height}`] : [];
      }),
    );
    expect(small).toEqual([]);
  });
});

describe("somebody whose browser writes twice as large", () => {
  it("has the chats and the parameters over the chat, wide enough for their words", async () => {
    const page = await test.open();
    const history = page.getByRole("navigation", { name: "Chat history" });
    const widthBefore = (await history.boundingBox())?.width ?? 0;
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Page.setFontSizes", { fontSizes: { standard: 32 } });
    await page.reload();
    await page.getByRole("button", { name: "Show chat history" }).click();
    expect((await history.boundingBox())?.width).toBeGreaterThan(1.8 * widthBefore);
    expect(await page.locator("main").evaluate((main) => main.closest("[inert]") !== null)).toBe(true);
    const { height = 0 } = (await history.getByRole("button", { name: "New chat" }).boundingBox()) ?? {};
    expect(height).toBeLessThan(80);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  });
});

describe("a very narrow window", () => {
  it.each([320, 390, 768])("at %i px nothing has to be scrolled sideways", async (width) => {
    const page = await test.open({ viewport: { width, height: 640 } });
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await say(page, `Averylongwordthatdoesnotfitanywhere${"x".repeat(120)}`);
    await replyEnded(page);
    expect(await overflow()).toBeLessThanOrEqual(0);
    const log = page.getByRole("log");
    expect(await log.evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(0);
  });
});
