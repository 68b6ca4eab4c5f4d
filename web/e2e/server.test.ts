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
