import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../../server/platform/paths.js";
import { BrowserTest, say } from "./BrowserTest.js";
import { findings } from "./findings.js";

/** The demo model once more, under another name. */
async function addTwin(homePath: string): Promise<void> {
  const demoPath = join(packagePath, "models", "demo");
  const folderPath = join(homePath, "models", "alpaca", "twin");
  await mkdir(folderPath, { recursive: true });
  const manifest: object = JSON.parse(await readFile(join(demoPath, "model.json"), "utf8"));
  await copyFile(join(demoPath, "demo-q8_0.gguf"), join(folderPath, "demo-q8_0.gguf"));
  await writeFile(
    join(folderPath, "model.json"),
    JSON.stringify({ ...manifest, id: "alpaca.twin", name: "Tiny Twin" }),
  );
}

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start(undefined, undefined, addTwin);
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

const panel = (page: Page) => page.getByRole("region", { name: "Choose a model" });
const repliesOf = (page: Page, model: string) =>
  page.getByRole("article").filter({ has: page.getByRole("heading", { name: model }) });
const group = (page: Page, name: string) => panel(page).getByRole("region", { name });

describe("somebody with several models", () => {
  it("finds one by typing, goes on in the same chat with it, and sees which model said what, also after a reload", async () => {
    const page = await test.open();
    await page.getByRole("button", { name: "Choose a model: Tiny Twin" }).waitFor();
    await say(page, "Who are you?");
    await repliesOf(page, "Tiny Twin").getByRole("button", { name: "Regenerate" }).waitFor();
    await page.keyboard.press("Control+Shift+M");
    await panel(page).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("INPUT");
    await page.keyboard.type("demo 7m");
    await page.keyboard.press("Enter");
    await panel(page).waitFor({ state: "detached" });
    const chosen = page.getByRole("button", { name: "Choose a model: Tiny Demo 7M" });
    await chosen.waitFor();
    await page.reload();
    await chosen.waitFor();
    await say(page, "What is a llama?");
    await repliesOf(page, "Tiny Demo 7M").getByRole("button", { name: "Regenerate" }).waitFor();
    await page.reload();
    await repliesOf(page, "Tiny Demo 7M").waitFor();
    expect(await repliesOf(page, "Tiny Twin").count()).toBe(1);
  });

  it("loads one and takes it out of memory by keyboard, seeing what it takes there; another tab sees it too", async () => {
    const page = await test.open();
    const other = await test.openBeside(page, "/");
    const client = await test.connect();
    await client.request("model:unload", { modelId: "alpaca.twin" });
    await page.bringToFront();
    for (const tab of [other, page]) await tab.getByRole("button", { name: /^Choose a model/ }).click();
    await group(page, "Installed")
      .getByRole("button", { name: /^Tiny Twin/ })
      .waitFor();
    await page.getByRole("searchbox", { name: "Find a model" }).fill("twin");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await group(page, "Loaded").getByText("MB in memory").waitFor();
    await group(page, "Loaded").getByText("MB in memory").click();
    await group(page, "Loaded").getByText("Weights").waitFor();
    await group(other, "Loaded")
      .getByRole("button", { name: /^Tiny Twin/ })
      .waitFor();
    await group(page, "Loaded").getByRole("button", { name: "Unload Tiny Twin" }).press("Enter");
    await group(page, "Installed")
      .getByRole("button", { name: /^Tiny Twin/ })
      .waitFor();
    await group(other, "Installed")
      .getByRole("button", { name: /^Tiny Twin/ })
      .waitFor();
  });

  it("finds one that could be installed and comes to its choices", async () => {
    const page = await test.open();
    await page.getByRole("button", { name: /^Choose a model: ./ }).waitFor();
    await page.keyboard.press("Control+Shift+M");
    await panel(page).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("INPUT");
    await page.keyboard.type("llama 7b");
    await group(page, "Can be installed")
      .getByRole("button", { name: /^Install LLaMA 7B/ })
      .waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("combobox", { name: "Quantization" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/models");
  });
});

describe.each(["light", "dark"] as const)("axe finds nothing in the %s picker", (colorScheme) => {
  it.each([1440, 390])("at %i px", async (width) => {
    const page = await test.open({ colorScheme, bypassCSP: true, viewport: { width, height: 844 } });
    await say(page, "Who are you?");
    await page.getByRole("button", { name: "Regenerate" }).waitFor();
    await page.getByRole("button", { name: /^Choose a model/ }).click();
    await group(page, "Can be installed").waitFor();
    await group(page, "Loaded").getByText("MB in memory").first().click();
    if (process.env.CRIA_SHOTS)
      await page.screenshot({ path: `${process.env.CRIA_SHOTS}/picker-${colorScheme}-${width}.png` });
    expect(await findings(page)).toEqual([]);
  });
});
