import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BrowserTest } from "./BrowserTest.js";
import { findings } from "./findings.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
// Where a first try has left its own.
beforeEach(() => rm(join(test.cria.homePath, "prompts"), { recursive: true, force: true }));
afterEach(async () => expect(await test.endStory()).toEqual([]));

const box = (page: Page) => page.getByRole("textbox", { name: "Message" });
const menu = (page: Page) => page.getByRole("listbox", { name: "Prompt templates" });
const active = (page: Page) => page.getByRole("option", { selected: true }).textContent();
const dialog = (page: Page) => page.getByRole("dialog", { name: "Prompt templates" });

describe("somebody who asks the same things again and again", () => {
  it("finds a template with a slash and a few letters, fills its fields by keyboard and sends what became of it", async () => {
    const page = await test.open();
    await page.keyboard.type("/");
    await menu(page).waitFor();
    expect(await active(page)).toContain("default");
    await page.keyboard.press("ArrowDown");
    expect(await active(page)).toContain("ai-dialog");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await active(page)).toBe("Edit templates…");
    await page.keyboard.type("lat");
    await expect.poll(() => active(page)).toContain("translate");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("message");
    await page.keyboard.press("Enter");

    const fields = page.getByRole("group", { name: "Fill in translate" });
    await fields.waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
    await page.keyboard.type("German");
    await page.keyboard.press("Enter");
    await page.keyboard.type("Good morning.");
    await fields.getByText("its translation into German").waitFor();
    await page.keyboard.press("Enter");
    await fields.waitFor({ state: "detached" });
    const text =
      "Here is a text in English and, below it, its translation into German.\n\nEnglish: Good morning.\nTranslation:";
    expect((await box(page).inputValue()).trim()).toBe(text);
    await page.keyboard.press("Enter");
    await page.getByRole("article").getByText("English: Good morning.").waitFor();
  });

  it("closes the menu with Escape and sends a path as it stands; a template that is left halfway leaves nothing behind", async () => {
    const page = await test.open();
    await page.keyboard.type("/");
    await menu(page).waitFor();
    await page.keyboard.press("Escape");
    await menu(page).waitFor({ state: "detached" });
    await page.keyboard.type("t");
    expect(await menu(page).count()).toBe(0);
    await box(page).fill("");
    await page.keyboard.type("/transl");
    await menu(page).waitFor();
    await page.keyboard.press("Tab");
    await page.getByRole("group", { name: "Fill in translate" }).getByRole("textbox", { name: "Language" }).fill("x");
    await page.keyboard.press("Escape");
    await page.getByRole("group", { name: "Fill in translate" }).waitFor({ state: "detached" });
    expect(await box(page).inputValue()).toBe("");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("message");
    await page.keyboard.type("/etc/hosts");
    expect(await menu(page).count()).toBe(0);
    await page.keyboard.press("Enter");
    await page.getByRole("article").getByText("/etc/hosts").waitFor();
  });

  it("writes a template, changes its name, uses it, and deletes it; a file in the folder is there too", async () => {
    const folder = join(test.cria.homePath, "prompts");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "from a file.txt"), "Say {{what}} in one word.");
    const page = await test.open();
    await page.keyboard.type("/");
    await menu(page)
      .getByRole("option", { name: /from a file/ })
      .waitFor();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await dialog(page).getByRole("button", { name: "New template" }).press("Enter");
    await page.keyboard.type("from a file");
    await dialog(page).getByText("You have a template of this name already.").waitFor();
    await dialog(page).getByLabel("Name").fill("../no");
    await dialog(page)
      .getByText(/Letters, digits, spaces/)
      .waitFor();
    await dialog(page).getByLabel("Name").fill("Haiku");
    await dialog(page).getByLabel("Text").fill("Write a haiku about {{subject}}.");
    await dialog(page).getByText("Asks for: subject").waitFor();
    await dialog(page).getByRole("button", { name: "Save" }).press("Enter");
    await dialog(page)
      .getByRole("button", { name: /^Haiku/ })
      .press("Enter");
    await dialog(page).getByLabel("Name").fill("Short poem");
    await page.keyboard.press("Enter");
    await dialog(page)
      .getByRole("button", { name: /^Short poem/ })
      .waitFor();
    expect(
      await dialog(page)
        .getByRole("button", { name: /^Haiku/ })
        .count(),
    ).toBe(0);
    await page.keyboard.press("Escape");
    await dialog(page).waitFor({ state: "detached" });

    await page.keyboard.type("/short");
    await menu(page).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("group", { name: "Fill in Short poem" }).waitFor();
    await page.getByRole("textbox", { name: "Subject" }).fill("rain");
    await page.keyboard.press("Enter");
    await expect.poll(() => box(page).inputValue()).toBe("Write a haiku about rain.");

    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Prompt templates" }).click();
    await dialog(page)
      .getByRole("button", { name: /^Short poem/ })
      .click();
    await dialog(page).getByRole("button", { name: "Delete template Short poem" }).click();
    await dialog(page).getByRole("group").getByRole("button", { name: "Delete" }).click();
    await dialog(page)
      .getByRole("button", { name: /^Short poem/ })
      .waitFor({ state: "detached" });

    await dialog(page)
      .getByRole("button", { name: /^chatbot/ })
      .press("Enter");
    await dialog(page).getByText("This one comes with Cria").waitFor();
    await dialog(page).getByRole("button", { name: "Make my own copy" }).press("Enter");
    await expect.poll(() => dialog(page).getByLabel("Name").inputValue()).toBe("chatbot copy");
    // It is there to be changed first, not saved yet.
    const { templates } = await (await test.connect()).request("template:list", {});
    expect(templates.map(({ name }) => name)).not.toContain("chatbot copy");
  });
});

describe.each(["light", "dark"] as const)("axe finds nothing in the %s templates", (colorScheme) => {
  it.each([1440, 390])("at %i px", async (width) => {
    const page = await test.open({ colorScheme, bypassCSP: true, viewport: { width, height: 844 } });
    const look = async (name: string) => {
      if (process.env.CRIA_SHOTS)
        await page.screenshot({ path: `${process.env.CRIA_SHOTS}/templates-${name}-${colorScheme}-${width}.png` });
      expect(await findings(page)).toEqual([]);
    };
    await box(page).fill("/");
    await menu(page).waitFor();
    await look("menu");
    await menu(page)
      .getByRole("option", { name: /^instruction-alpaca/ })
      .click();
    await page.getByRole("group", { name: "Fill in instruction-alpaca" }).waitFor();
    await page.getByRole("textbox", { name: "Prompt" }).fill("Count the vowels.");
    await look("fields");
    await page.keyboard.press("Escape");
    await box(page).fill("/");
    await menu(page).getByRole("option", { name: "Edit templates…" }).click();
    await dialog(page)
      .getByRole("button", { name: /^default/ })
      .waitFor();
    await look("list");
    await dialog(page).getByRole("button", { name: "New template" }).click();
    await dialog(page).getByLabel("Text").fill("Say {{it}}");
    await look("editor");
  });
});
