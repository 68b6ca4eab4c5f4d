import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest, replyEnded, say } from "./BrowserTest.js";
import { findings } from "./findings.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("somebody who wants to know what the server does", () => {
  it.each(["light", "dark"] as const)("sees waits, speed, memory and the models in it (%s)", async (colorScheme) => {
    const page = await test.open({ colorScheme, bypassCSP: true });
    await say(page, "Who are you?");
    await replyEnded(page);
    await page.getByRole("link", { name: "Server" }).click();
    expect(new URL(page.url()).pathname).toBe("/server");
    await page.getByRole("heading", { name: "Server", exact: true }).waitFor();
    const figure = (name: string) => page.getByRole("figure", { name });
    await figure("Time to first token, 95 of 100")
      .getByText(/\d m?s/)
      .first()
      .waitFor();
    await figure("From token to token, 95 of 100").getByText(/\d ms/).first().waitFor();
    const model = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Tiny Demo 7M" }) });
    await model.getByText(/Estimated .*MB · measured .*MB/).waitFor();
    expect(await model.getByRole("definition").first().textContent()).toMatch(/7\.3 MB/);
    await page.getByText("Models started").waitFor();
    expect(await findings(page)).toEqual([]);
    if (process.env.CRIA_SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.CRIA_SHOTS}/server-${colorScheme}.png`, fullPage: true });
    await page.reload();
    await page.getByRole("heading", { name: "Server", exact: true }).waitFor();
  });
});

describe("somebody who wants to know who waits for whom", () => {
  it.each([1280, 375])(
    "sees what is being made and what waits for a place, while it goes on (%i px)",
    async (width) => {
      const client = await test.connect();
      await client.request("model:load", { modelId: "alpaca.demo" });
      const { models } = await client.request("model:list", {});
      const lanes = models.find(({ id }) => id === "alpaca.demo")?.memory?.sequences ?? 0;
      const request = {
        modelId: "alpaca.demo",
        prompt: "One day",
        sampling: { maxTokens: 1_000_000, ignoreEos: true },
        contextOverflow: "shift" as const,
      };
      const started = await Promise.all(
        Array.from({ length: lanes + 3 }, () => client.request("generation:start", request)),
      );
      const page = await test.open({ viewport: { width, height: 800 }, bypassCSP: true });
      await page.goto(`${test.cria.url}/server`);
      const now = page.getByRole("region", { name: "Replies now" });
      await now
        .getByText(/Tiny Demo 7M.*Answering · [\d,]+ tokens · [\d,.]+ tok\/s · for \d+ s/)
        .first()
        .waitFor();
      if (lanes + 3 > 12) await now.getByText(`and ${lanes + 3 - 12} more`).waitFor();
      await page.getByRole("listitem").getByText("3 waiting").waitFor();
      expect(await findings(page)).toEqual([]);
      const isWider = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect(await isWider()).toBe(false);
      if (process.env.CRIA_SHOTS !== undefined)
        await page.screenshot({ path: `${process.env.CRIA_SHOTS}/server-replies-${width}.png` });
      for (const { generationId } of started) await client.request("generation:stop", { generationId });
      await now.getByText("None is being made, and nobody waits.").waitFor();
    },
  );
});
