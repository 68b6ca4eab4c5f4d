import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { launchChromium } from "./launchChromium.js";

/** What the page notes while something happens; all in milliseconds. */
const notedSchema = z.object({
  /** Tasks of more than 50 ms, as the browser reports them. */
  longTasksMs: z.array(z.number()),
  /** Between two frames. */
  framesMs: z.array(z.number()),
  /** From a key to the page being laid out with it. */
  keysMs: z.array(z.number()),
});
export type Noted = z.infer<typeof notedSchema>;

/** Runs in the page. */
const watchPage = `
const none = () => ({ longTasksMs: [], framesMs: [], keysMs: [] });
window.noted = none();
window.takeNoted = () => {
  const noted = window.noted;
  window.noted = none();
  return noted;
};
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.noted.longTasksMs.push(duration);
}).observe({ type: "longtask" });
let keyAt = 0;
addEventListener("keydown", () => { keyAt = performance.now(); }, true);
addEventListener("input", () => queueMicrotask(() => {
  document.body.getBoundingClientRect();
  window.noted.keysMs.push(performance.now() - keyAt);
}));
let frameAt = 0;
const onFrame = (atMs) => {
  if (frameAt > 0) window.noted.framesMs.push(atMs - frameAt);
  frameAt = atMs;
  requestAnimationFrame(onFrame);
};
requestAnimationFrame(onFrame);
`;

/** Runs in the page: presses the chat's link and resolves when its last message has been painted. */
const openChat = (title: string, messages: number) => `new Promise((resolve) => {
  const startMs = performance.now();
  const link = [...document.querySelectorAll("a[href^='/c/']")].find((one) => one.textContent.includes(${JSON.stringify(title)}));
  const look = () => {
    const shown = document.querySelectorAll("[data-message]");
    const last = shown[shown.length - 1];
    if (last?.textContent.includes("Reply ${messages - 1}.")) setTimeout(() => resolve(performance.now() - startMs));
    else requestAnimationFrame(look);
  };
  link.click();
  requestAnimationFrame(look);
})`;

/** Cria's page in a real Chromium, with a very long chat. */
export class LongChatPage {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #url: string;

  private constructor(browser: Browser, page: Page, url: string) {
    this.#browser = browser;
    this.#page = page;
    this.#url = url;
  }

  /** `undefined` where there is no Chromium, or no driver for it. */
  static async start(url: string): Promise<LongChatPage | undefined> {
    const browser = await launchChromium();
    if (browser === undefined) return undefined;
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.addInitScript(watchPage);
    return new LongChatPage(browser, page, url);
  }

  /** Opens the chat from the list. `openMs`: until its end is painted; what is noted goes on until all of it is drawn. */
  async openChat(title: string, messages: number): Promise<{ openMs: number; noted: Noted }> {
    await this.#page.goto(this.#url);
    await this.#page.getByRole("link", { name: title }).waitFor();
    // What the first load does is not what is measured.
    await this.#page.waitForTimeout(1500);
    await this.#take();
    const openMs = z.number().parse(await this.#page.evaluate(openChat(title, messages)));
    while ((await this.#page.locator("[data-message]").count()) < messages) await this.#page.waitForTimeout(200);
    return { openMs, noted: await this.#take() };
  }

  /** Types a text at the speed of a fast typist. */
  async type(text: string): Promise<Noted> {
    await this.#page.getByRole("textbox", { name: "Message" }).focus();
    await this.#take();
    await this.#page.keyboard.type(text, { delay: 40 });
    return this.#take();
  }

  /** Sends what is written and watches the reply being made, from its first words to its last. */
  async watchReply(): Promise<Noted> {
    await this.#page.keyboard.press("Enter");
    const running = this.#page.locator("article[aria-busy=true]");
    await running.locator("[class*=markdown]").first().waitFor();
    await this.#take();
    await running.waitFor({ state: "detached", timeout: 120_000 });
    return this.#take();
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  async #take(): Promise<Noted> {
    return notedSchema.parse(await this.#page.evaluate("window.takeNoted()"));
  }
}
