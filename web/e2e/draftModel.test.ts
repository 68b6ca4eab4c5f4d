import { copyFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { installDerivedModel } from "../../server/test/installDerivedModel.js";
import { installRandomModel, randomModelPath } from "../../server/test/installRandomModel.js";
import { BrowserTest, type OpenOptions, say } from "./BrowserTest.js";
import { findings } from "./findings.js";

const modelId = "test.big";
let test: BrowserTest;
let otherPath: string;
let randomPath: string;

async function start(): Promise<void> {
  test = await BrowserTest.start({}, {}, async (homePath) => {
    await installDerivedModel(homePath, "big", { widened: 8 });
    await installDerivedModel(homePath, "small", {});
    otherPath = await installDerivedModel(homePath, "other", { silencedBlocks: 1 });
    await installRandomModel(homePath);
    randomPath = randomModelPath(homePath);
  });
  const client = await test.connect();
  await client.request("settings:set", { scope: "everyone", value: { sampling: { temperature: 0, maxTokens: 30 } } });
}

const panel = (page: Page) => page.getByRole("complementary");
const choice = (page: Page) => panel(page).getByRole("combobox", { name: /Draft model|Entwurfsmodell/ });
const button = (page: Page, name: string) => panel(page).getByRole("button", { name });
/** The last reply of the big model, as it was written. */
const replyText = async (page: Page) => {
  const reply = page
    .getByRole("article")
    .filter({ has: page.getByRole("heading", { name: "big" }) })
    .last();
  await reply.getByRole("button", { name: "Regenerate" }).waitFor();
  return reply.locator("h2 + div").textContent();
};
const guessedTokens = async () => {
  const metrics = await (await fetch(`${test.cria.url}/metrics`)).text();
  return Number(/^cria_guessed_tokens_total\{[^}]*model="test\.big"[^}]*\} (\d+)/m.exec(metrics)?.[1] ?? 0);
};

/** The page with the big model and its section "Model in memory". */
async function openSection(title: string, options: OpenOptions = {}): Promise<Page> {
  const client = await test.connect();
  await client.request("model:load", { modelId });
  const localStorage = [{ name: "cria.model", value: modelId }];
  const storageState = { cookies: [], origins: [{ origin: new URL(test.cria.url).origin, localStorage }] };
  const page = await test.open({ storageState, ...options });
  await page.keyboard.press("Control+.");
  await panel(page).getByText(title).click();
  await choice(page).waitFor();
  return page;
}

function shoot(page: Page, name: string) {
  return page.screenshot({ path: `${process.env.CRIA_SHOTS}/${name}.png` });
}

describe("somebody who wants faster replies of a big model", () => {
  // A server for each: they take models away, and put others in their place.
  beforeEach(start);
  afterEach(async () => {
    const complaints = await test.endStory();
    await test.close();
    expect(complaints).toEqual([]);
  });

  it("chooses a small one that writes guesses, sees what it takes, and gets the same reply with guesses", async () => {
    const client = await test.connect();
    // With this cache the engine computes in the same way with guesses and without.
    await client.request("model:configure", { modelId, settings: { kvCacheType: "q8_0" } });
    const page = await openSection("Model in memory");
    await say(page, "Tell me a short story about a dog.");
    const alone = await replyText(page);
    expect(await guessedTokens()).toBe(0);
    // Those with another vocabulary are not offered.
    const offered = (await choice(page).locator("option").allTextContents()).map((text) => text.split(" (")[0]);
    expect(offered.slice(0, 2)).toEqual(["Automatic: none", "None"]);
    expect(offered.slice(2).sort()).toEqual(["Tiny Demo 7M", "other", "small"]);
    await choice(page).focus();
    await page.keyboard.type("small");
    await panel(page)
      .getByText(/It takes \d+(\.\d)? MB of memory beside this model\./)
      .waitFor();
    await panel(page)
      .getByText(/Reloads the model\. Takes .*MB of memory \(\+\d.*MB\)/)
      .waitFor();
    await button(page, "Reload the model").click();
    await button(page, "Cancel").waitFor({ state: "detached" });
    expect(await choice(page).inputValue()).toBe("test.small");
    await page.getByRole("button", { name: "Regenerate" }).click();
    await page.getByText("Version 2 of 2").waitFor();
    expect(await replyText(page)).toBe(alone);
    expect(await guessedTokens()).toBeGreaterThan(0);

    // The small model goes: what is left says so, and how to go on.
    await client.request("model:remove", { modelId: "test.small" });
    await panel(page)
      .getByText(
        "Without the small model that writes its guesses. test.small, which was chosen to write its guesses, is not installed.",
      )
      .waitFor();
    expect(await choice(page).locator("option:checked").textContent()).toBe("test.small (cannot be used)");
    await button(page, "Reset Draft model").press("Enter");
    await button(page, "Keep for this model").click();
    await button(page, "Cancel").waitFor({ state: "detached" });
    expect(await choice(page).locator("option:checked").textContent()).toBe("Automatic: none");
    expect((await client.request("model:plan", { modelId })).plan.settings).toEqual({ kvCacheType: "q8_0" });
  });

  it("is told in the server's words that a model turned out to be another one, and takes none instead", async () => {
    const page = await openSection("Model in memory");
    const { options, other } = { options: choice(page).locator("option"), other: /^other \(/ };
    await options.filter({ hasText: other }).waitFor({ state: "attached" });
    // Behind the page's back: the same name, another vocabulary.
    await copyFile(randomPath, otherPath);
    await choice(page).selectOption("test.other");
    await panel(page)
      .getByText(/test\.other cannot write guesses for test\.big: their vocabularies differ/)
      .waitFor();
    expect(await button(page, "Reload the model").isDisabled()).toBe(true);
    await choice(page).selectOption({ label: "None" });
    await button(page, "Reload the model").click();
    await button(page, "Cancel").waitFor({ state: "detached" });
    expect(await options.filter({ hasText: other }).count()).toBe(0);
    const client = await test.connect();
    expect((await client.request("model:plan", { modelId })).plan.settings).toEqual({ draft: null });
  });
});

describe("the draft model", () => {
  beforeAll(start);
  afterAll(() => test.close());
  afterEach(async () => expect(await test.endStory()).toEqual([]));

  it.each([
    ["light", 1440, "en", "Model in memory"],
    ["light", 390, "de", "Modell im Speicher"],
    ["dark", 1440, "en", "Model in memory"],
    ["dark", 390, "de", "Modell im Speicher"],
  ] as const)("has no findings of axe when %s, at %i px (%s)", async (colorScheme, width, locale, title) => {
    const box = locale === "de" ? "Nachricht" : "Message";
    const viewport = { width, height: 844 };
    const page = await openSection(title, { colorScheme, locale, box, viewport, bypassCSP: true });
    await choice(page).selectOption("alpaca.demo");
    await panel(page)
      .getByText(/Takes \d|Braucht \d/)
      .waitFor();
    await choice(page).scrollIntoViewIfNeeded();
    expect(await findings(page)).toEqual([]);
    if (process.env.CRIA_SHOTS) await shoot(page, `draft-${width}-${colorScheme}`);
  });
});
