import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BrowserTest, replies, replyEnded, say } from "./BrowserTest.js";
import { findings } from "./findings.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
// Whatever the story before has set, or this one's first try.
beforeEach(async () => {
  const client = await test.connect();
  const modelId = "alpaca.demo";
  await client.request("settings:set", { scope: "everyone", value: {} });
  await client.request("settings:set", { scope: { modelId }, value: {} });
  const { presets } = (await client.request("settings:get", {})).settings;
  for (const { name } of presets) await client.request("preset:delete", { name });
  await client.request("model:configure", { modelId, settings: {} });
});
afterEach(async () => expect(await test.endStory()).toEqual([]));

const panel = (page: Page) => page.getByRole("complementary", { name: "Parameters" });
/** A parameter's number box; the panel has a slider of nearly the same name. */
const box = (page: Page, name: string) => panel(page).getByLabel(name, { exact: true });
const lastText = (page: Page) => replies(page).last().locator("h2 + div").textContent();

/** What is stored for a scope, as soon as it is as expected. */
async function stored(
  read: (settings: { everyone: unknown; models: Record<string, unknown> }) => unknown,
  value: unknown,
) {
  const client = await test.connect();
  await expect.poll(async () => read((await client.request("settings:get", {})).settings)).toEqual(value);
}

describe("somebody who wants other replies", () => {
  it("opens the parameters by key, changes the temperature by slider and box, sees the mark, and takes it back", async () => {
    const page = await test.open();
    await page.keyboard.press("Control+.");
    await panel(page).waitFor();
    const temperature = box(page, "Temperature");
    const usual = await temperature.inputValue();
    await panel(page).getByRole("slider", { name: "Temperature, slider" }).focus();
    await page.keyboard.press("End");
    expect(await temperature.inputValue()).toBe("2");
    await panel(page).getByRole("img", { name: "changed" }).waitFor();

    await temperature.focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("9");
    await panel(page).getByText("Between 0 and 5.").waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("0.25");
    expect(await panel(page).getByRole("slider", { name: "Temperature, slider" }).getAttribute("aria-valuetext")).toBe(
      "0.25",
    );

    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    expect(await temperature.inputValue()).toBe(usual);
    await panel(page).getByRole("img", { name: "changed" }).waitFor({ state: "detached" });
    await page.keyboard.press("Control+.");
    await panel(page).waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Message");
  });

  it("locks the seed of a reply and gets the same one again, also after a reload", async () => {
    const page = await test.open();
    await say(page, "Tell me a short story about a dog.");
    await replyEnded(page);
    const first = await lastText(page);
    await replies(page)
      .last()
      .getByRole("button", { name: /tok\/s/ })
      .click();
    await page.getByRole("button", { name: /^Lock \d+$/ }).press("Enter");
    await page.getByRole("button", { name: /^Unlock \d+$/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Regenerate" }).click();
    await page.getByText("Version 2 of 2").waitFor();
    await replyEnded(page);
    expect(await lastText(page)).toBe(first);

    await page.reload();
    await page.getByText("Version 2 of 2").waitFor();
    await page.keyboard.press("Control+.");
    expect(await box(page, "Seed").inputValue()).toMatch(/^\d+$/);
  });

  it("sets for this chat, this model and everyone; the narrower wins, and a second tab follows", async () => {
    const page = await test.open();
    const other = await test.openBeside(page, "/");
    for (const one of [page, other]) await one.keyboard.press("Control+.");
    const choose = (tab: Page, scope: string) => panel(tab).getByText(scope, { exact: true }).click();
    await choose(page, "Everyone");
    await box(page, "Longest reply").fill("20");
    await stored(({ everyone }) => everyone, { sampling: { maxTokens: 20 } });
    await expect.poll(() => box(other, "Longest reply").inputValue()).toBe("20");
    await choose(page, "This model");
    await box(page, "Longest reply").fill("30");
    await stored(({ models }) => models["alpaca.demo"], { sampling: { maxTokens: 30 } });
    await choose(page, "This chat");
    expect(await box(page, "Longest reply").inputValue()).toBe("30");
    await box(page, "Longest reply").fill("3");
    await say(page, "Tell me a short story about a dog.");
    await replyEnded(page);
    await replies(page)
      .last()
      .getByText(/3 tokens/)
      .first()
      .waitFor();
    await expect.poll(() => box(page, "Longest reply").inputValue()).toBe("3");

    await page.keyboard.press("Control+Shift+O");
    await expect.poll(() => box(page, "Longest reply").inputValue()).toBe("30");
    for (const scope of ["This model", "Everyone"]) {
      await choose(page, scope);
      await panel(page).getByRole("button", { name: "Reset all" }).click();
    }
    await stored((all) => all, { everyone: {}, models: {}, presets: [] });
  });

  it("keeps parameters under a name, applies them in another chat, and deletes them", async () => {
    const page = await test.open();
    await page.keyboard.press("Control+.");
    await box(page, "System prompt").fill("You are a pirate.");
    await panel(page).getByText("Advanced").click();
    await box(page, "Top-k").fill("7");
    await box(page, "Stop strings").fill("\\nUser:");
    await page.keyboard.press("Enter");
    await box(page, "Name of the new preset").fill("Pirate");
    await page.keyboard.press("Enter");
    await panel(page).getByRole("button", { name: "Delete preset Pirate" }).waitFor();

    await page.keyboard.press("Control+Shift+O");
    await expect.poll(() => box(page, "System prompt").inputValue()).toBe("");
    await panel(page).getByRole("combobox", { name: "Presets" }).selectOption("Pirate");
    await panel(page).getByRole("button", { name: "Apply" }).press("Enter");
    expect(await box(page, "System prompt").inputValue()).toBe("You are a pirate.");
    expect(await box(page, "Top-k").inputValue()).toBe("7");
    await panel(page).getByText("\\nUser:", { exact: true }).waitFor();
    if (process.env.CRIA_SHOTS) await shoot(page, "settings-1440");

    await panel(page).getByRole("button", { name: "Delete preset Pirate" }).press("Enter");
    await page.getByRole("group", { name: "Delete “Pirate”?" }).getByRole("button", { name: "Delete" }).press("Enter");
    await panel(page).getByText("No presets yet").waitFor({ state: "attached" });
  });
});

describe.each(["light", "dark"] as const)("axe finds nothing in the %s parameters", (colorScheme) => {
  it.each([1440, 390])("at %i px", async (width) => {
    const page = await test.open({ colorScheme, bypassCSP: true, viewport: { width, height: 844 } });
    await say(page, "Who are you?");
    await replyEnded(page);
    await page.getByRole("button", { name: "Show parameters" }).click();
    await box(page, "Temperature").fill("1.5");
    await panel(page).getByRole("button", { name: "Reset Temperature" }).waitFor();
    if (process.env.CRIA_SHOTS) await shoot(page, `settings-${colorScheme}-${width}`);
    await panel(page).getByText("Advanced").click();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("Escape");
    expect(await panel(page).isVisible()).toBe(width === 1440);
  });
});

function shoot(page: Page, name: string) {
  return page.screenshot({ path: `${process.env.CRIA_SHOTS}/${name}.png` });
}

describe("somebody whose model should hold more, or take less", () => {
  const memoryOf = async () => {
    const client = await test.connect();
    const { models } = await client.request("model:list", {});
    return models.find(({ id }) => id === "alpaca.demo")?.memory;
  };

  it("chooses another context, sees what it costs before anything happens, reloads the model, and finds it so after a restart", async () => {
    const client = await test.connect();
    await client.request("model:load", { modelId: "alpaca.demo" });
    const page = await test.open();
    await page.keyboard.press("Control+.");
    await panel(page).getByText("Model in memory").click();
    await box(page, "Context").fill("256");
    await panel(page)
      .getByText(/Reloads the model\. Takes .*MB of memory \(−.*MB\)/)
      .waitFor();
    expect((await memoryOf())?.contextTokens).toBe(512);
    await panel(page).getByLabel("KV cache").selectOption("q8_0");
    await panel(page).getByRole("button", { name: "Reload the model" }).click();
    await expect.poll(memoryOf, { timeout: 60_000 }).toMatchObject({ contextTokens: 256 });
    // The button goes when it is done.
    await panel(page).getByRole("button", { name: "Cancel" }).waitFor({ state: "detached" });

    // It would look for the server at an address that is another's by then.
    await page.context().close();
    await test.cria.restart();
    const after = await test.open();
    await after.keyboard.press("Control+.");
    await panel(after).getByText("Model in memory").click();
    await expect.poll(() => box(after, "Context").inputValue()).toBe("256");
    await panel(after).getByRole("button", { name: "Reset Context" }).click();
    await panel(after).getByRole("button", { name: "Reset KV cache" }).click();
    await panel(after).getByRole("button", { name: "Keep for this model" }).click();
    await panel(after).getByRole("button", { name: "Cancel" }).waitFor({ state: "detached" });
  });

  it("is led there from a chat that has become too long", async () => {
    const client = await test.connect();
    await client.request("model:configure", { modelId: "alpaca.demo", settings: { contextTokens: 256 } });
    const page = await test.open();
    await page.getByRole("textbox", { name: "Message" }).fill("The fox runs. ".repeat(80));
    await page.getByText("With a larger context this model could hold 512 tokens.").waitFor();
    await say(page, "What is a llama?");
    await replyEnded(page);
    await page.getByRole("textbox", { name: "Message" }).fill("The fox runs. ".repeat(60));
    await page.getByRole("button", { name: "Larger context" }).press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Model in memory");
    await expect.poll(() => box(page, "Context").inputValue()).toBe("256");
    await box(page, "Context").fill("512");
    await panel(page).getByRole("button", { name: "Reload the model" }).click();
    await page.getByRole("button", { name: /^Context: \d+ of 512/ }).waitFor();
  });
});
