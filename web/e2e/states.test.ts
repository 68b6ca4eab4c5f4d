import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { scriptedProgram } from "../../server/bench/scriptedProgram.js";
import type { InstallProgress } from "../../server/protocol/install.js";
import { BrowserTest, say } from "./BrowserTest.js";
import { findings } from "./findings.js";
import { importChat } from "./importChat.js";

// Set CRIA_SHOTS to a folder, and a picture of every state is put there.

const lesson = `The area is \\(\\pi r^2\\), and **this** is how it is done in code:

\`\`\`python
def area(radius: float) -> float:
    return 3.14159 * radius ** 2  # a comment that is longer than any phone is wide, so that it has to scroll
\`\`\`

| Radius | Area | What it is like |
| -: | -: | - |
| 1 | 3.14 | as a small plate, on which there is room for a piece of cake |

A_very_long_word_that_nobody_can_break_${"and_so_on_".repeat(12)}`;

const install: InstallProgress = {
  modelId: "llama.7B",
  name: "LLaMA 7B",
  state: "running",
  step: "fetching",
  message: "Downloading",
  fetchedBytes: 1_500_000_000,
  fetchTotalBytes: 13_500_000_000,
  convertedBytes: 0,
  convertTotalBytes: 3_800_000_000,
  bytesPerSecond: 25_000_000,
  etaSeconds: 480,
  progress: 0.11,
  quantization: "Q4_0",
};

let test: BrowserTest;
beforeAll(async () => {
  // One reply at a time, so slow that there is time to look; the next one waits.
  test = await BrowserTest.start({ worker: { program: scriptedProgram({ tokensPerSecond: 2, sequences: 1 }) } });
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

const shots = process.env.CRIA_SHOTS;

/** Whether the page, or what scrolls in its middle, is wider than there is room for. */
const isTooWide = () =>
  [document.documentElement, ...document.querySelectorAll("[role=log], main, nav, dialog[open], [popover]")].some(
    (element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== "visible",
  ) || document.documentElement.scrollWidth > window.innerWidth;

describe.each(["light", "dark"] as const)("in the %s page", (colorScheme) => {
  it.each([
    [1440, 900],
    [768, 1024],
    [390, 844],
    [320, 640],
  ])(
    "%i pixels wide, every screen and state has no finding of axe and does not scroll sideways",
    async (width, height) => {
      const complaints: string[] = [];
      const open = (path = "/") => test.open({ path, colorScheme, bypassCSP: true, viewport: { width, height } });
      const look = async (page: Page, state: string) => {
        if (shots !== undefined) {
          await mkdir(shots, { recursive: true });
          await page.screenshot({ path: join(shots, `${state}-${width}-${colorScheme}.png`) });
        }
        complaints.push(...(await findings(page)).map((finding) => `${state}: ${finding}`));
        if (await page.evaluate(isTooWide)) complaints.push(`${state}: scrolls sideways`);
      };
      const pressEscape = (page: Page) => page.keyboard.press("Escape");

      const page = await open();
      await page.getByRole("heading", { name: "Tiny Demo 7M" }).waitFor();
      await look(page, "empty");
      await page.keyboard.press("Control+/");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      await look(page, "shortcuts");
      await pressEscape(page);
      await page.keyboard.press("Control+.");
      await page.getByText("Counts from the next reply on.").waitFor();
      await look(page, "parameters");
      await page.getByText("Model in memory").click();
      await page.getByLabel("KV cache").scrollIntoViewIfNeeded();
      await page.getByText(/^Takes .* of memory/).waitFor();
      await look(page, "model-in-memory");
      await page.keyboard.press("Control+.");
      await page
        .getByLabel("Attach text files")
        .last()
        .setInputFiles([
          { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("The fox is called Rufus.") },
          { name: "photo.png", mimeType: "image/png", buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]) },
        ]);
      await page.getByText(/cannot see or hear/).waitFor();
      await look(page, "attachments");
      await page.getByRole("button", { name: /^Choose a model/ }).click();
      await look(page, "models-menu");
      await pressEscape(page);
      // It is loaded to count the files' tokens; whatever is said of it meanwhile brings it back.
      const none = page.getByRole("heading", { name: "No model yet" });
      const takeAway = () => {
        test.cria.server.io.emit("model:removed", { modelId: "alpaca.demo" });
        return none.isVisible();
      };
      await expect.poll(takeAway).toBe(true);
      await look(page, "no-model");
      await page.close();

      const reading = await open(await importChat(test, "Reading", ["How big is a circle?", lesson]));
      await reading.locator(".katex").first().waitFor();
      await reading.locator("pre span").first().waitFor();
      await look(reading, "chat");
      await reading.goto(`${test.cria.url}/c/nothing`);
      await reading.getByText("This chat does not exist").waitFor();
      await look(reading, "missing");
      for (const [path, label] of [
        ["/compare", "Prompt for all models"],
        ["/completion", "Text to go on with"],
      ] as const) {
        await reading.goto(test.cria.url + path);
        await reading.getByRole("textbox", { name: label }).waitFor();
        await look(reading, path.slice(1));
      }
      await reading.goto(`${test.cria.url}/server`);
      await reading.getByRole("heading", { level: 1, name: "Server" }).waitFor();
      await look(reading, "server");
      await reading.goto(`${test.cria.url}/models`);
      await reading.getByRole("button", { name: "Install LLaMA 7B" }).waitFor();
      await look(reading, "models");
      test.cria.server.io.emit("install:progress", { install });
      await reading.getByRole("progressbar").waitFor();
      await look(reading, "installing");
      await reading.close();

      // The last width's story may have killed it, or this one's first try.
      await test.loadAgain();
      const waiting = await open();
      await say(waiting, "Tell me a story.");
      await waiting
        .getByText(/^Answering/)
        .first()
        .waitFor();
      await say(waiting, "And then?");
      await waiting.getByRole("button", { name: "Take it back" }).waitFor();
      await look(waiting, "answering");
      const queued = await open();
      await say(queued, "Tell me another one.");
      await queued
        .getByText(/^Queued/)
        .first()
        .waitFor();
      await look(queued, "queued");
      if (width === 390) {
        process.kill(test.cria.server.pool.processId("alpaca.demo") ?? 0, "SIGKILL");
        await waiting.getByText("The model stopped unexpectedly.", { exact: true }).waitFor();
        await look(waiting, "engine-down");
      } else {
        await waiting.getByRole("button", { name: "Stop", exact: true }).click();
        await waiting.getByText("Stopped", { exact: true }).waitFor();
        await look(waiting, "stopped");
      }
      const stop = queued.getByRole("button", { name: "Stop", exact: true });
      if ((await stop.count()) > 0) await stop.click();
      await stop.waitFor({ state: "detached" });
      await queued.close();
      await waiting.context().setOffline(true);
      test.cutPages();
      await waiting.getByText("Connection to Cria lost.").waitFor();
      await look(waiting, "offline");
      await waiting.close();

      const loading = await open("/models");
      await loading.routeWebSocket(/socket\.io/, () => {});
      await loading.goto(test.cria.url);
      await loading.getByText("Connecting…").first().waitFor();
      await look(loading, "loading");
      test.forgiveLostConnection();
      expect(complaints).toEqual([]);
    },
  );
});
