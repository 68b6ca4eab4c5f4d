import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { newRecord, type StreamRecord } from "./clients/StreamRequest.js";
import { launchChromium } from "./launchChromium.js";

/** What the page notes of a reply: when Enter was pressed, and each frame after which more of the text stood there, with its count of tokens. */
const paintedSchema = z.object({
  sentMs: z.number(),
  frames: z.array(z.object({ atMs: z.number(), tokens: z.number() })),
});

/** Runs in the page. A text that a frame changed counts as painted once the frame is done. */
const watchReplies = `
window.painted = { sentMs: 0, frames: [] };
addEventListener("keydown", (event) => {
  if (event.key === "Enter") window.painted = { sentMs: performance.now(), frames: [] };
}, true);
let length = 0;
let waiting = false;
const look = () => {
  waiting = false;
  const replies = document.querySelectorAll("article [class*=markdown]");
  const shown = replies.length === 0 ? 0 : replies[replies.length - 1].textContent.length;
  if (shown === length) return;
  length = shown;
  const counter = document.querySelector("article[aria-busy=true] [class*=live]");
  const tokens = Number(counter?.textContent.replace(/\\D/g, "") ?? 0);
  setTimeout(() => window.painted.frames.push({ atMs: performance.now(), tokens }));
};
new MutationObserver(() => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(look);
}).observe(document, { subtree: true, childList: true, characterData: true });
`;

/** Cria's own page in a real Chromium: the last rung, what a person sees. */
export class PaintedPage {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #url: string;

  private constructor(browser: Browser, page: Page, url: string) {
    this.#browser = browser;
    this.#page = page;
    this.#url = url;
  }

  /** `undefined` where there is no Chromium, or no driver for it. */
  static async open(url: string): Promise<PaintedPage | undefined> {
    const browser = await launchChromium();
    if (browser === undefined) return undefined;
    const page = await browser.newPage();
    await page.addInitScript(watchReplies);
    return new PaintedPage(browser, page, url);
  }

  /** Sends the text in a new chat and waits for the reply's end. Moments are of the browser's clock. */
  async ask(text: string, generatedTokens: number): Promise<StreamRecord> {
    await this.#page.goto(this.#url);
    const composer = this.#page.getByRole("textbox", { name: "Message" });
    await composer.fill(text);
    await composer.press("Enter");
    const reply = this.#page.locator("article[aria-busy]").last();
    await reply.and(this.#page.locator("[aria-busy=false]")).waitFor({ timeout: 600_000 });
    const { sentMs, frames } = paintedSchema.parse(await this.#page.evaluate("window.painted"));
    return {
      ...newRecord(sentMs),
      arrivalsMs: frames.map(({ atMs }) => atMs),
      // The counter is gone when the reply has ended, and so is in the frame of the last token.
      tokenCounts: frames.map(({ tokens }, index) =>
        Math.max(0, (tokens || generatedTokens) - (frames[index - 1]?.tokens ?? 0)),
      ),
      endMs: frames.at(-1)?.atMs ?? sentMs,
      generatedTokens,
    };
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
