import { copyFile, link, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../../server/platform/paths.js";
import { TestServer } from "../../server/test/TestServer.js";
import { BrowserTest } from "./BrowserTest.js";
import { findings } from "./findings.js";
import { importChat } from "./importChat.js";

const longWord = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz-Instruct";
const arabic = "نموذج اللغة العربية الصغير الذي يكتب قصصا قصيرة جدا للأطفال";
const names: Record<string, string> = {
  "llama.7B": "LLaMA 7B",
  "llama.13B": "LLaMA 13B",
  "llama.65B": "LLaMA 65B",
  "long.word": longWord,
  "arabic.small": arabic,
  "tiny.stories": "Tiny stories that somebody collected and gave a name of many words to remember them by",
};
const loaded = ["llama.7B", "long.word", "arabic.small"];
const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };

/** The demo model, installed under many names. */
async function installMany(homePath: string): Promise<void> {
  const demo = join(packagePath, "models", "demo");
  const manifest = JSON.parse(await readFile(join(demo, "model.json"), "utf8"));
  for (const [id, name] of Object.entries(names)) {
    const folder = join(homePath, "models", ...id.split("."));
    await mkdir(folder, { recursive: true });
    const [from, to] = [join(demo, manifest.file), join(folder, manifest.file)];
    await link(from, to).catch(() => copyFile(from, to));
    await writeFile(
      join(folder, "model.json"),
      JSON.stringify({ ...manifest, id, name, sources: [{ name, files: [] }] }),
    );
  }
}

let other: TestServer;
let test: BrowserTest;
beforeAll(async () => {
  other = await TestServer.start();
  test = await BrowserTest.start(undefined, { engines: [`attic=${other.url}`] }, installMany);
  const client = await test.connect();
  for (const modelId of loaded) await client.request("model:load", { modelId });
});
afterAll(async () => {
  await test.close();
  await other.close();
});
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("somebody with many models", () => {
  it.each([1280, 390])("sees on the server's page what each takes and what all do (%i px)", async (width) => {
    const page = await test.open({ viewport: { width, height: 800 }, bypassCSP: true, path: "/" });
    await page.goto(`${test.cria.url}/server`);
    const models = page.getByRole("region", { name: "Models in memory" });
    await models.getByText(/^3 models, [\d.]+ [MG]B in all$/).waitFor();
    await models.getByRole("heading", { name: longWord }).waitFor();
    expect(await findings(page)).toEqual([]);
    const edges = await page
      .locator("main li, main figure, main h3")
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right));
    expect(edges.length).toBeGreaterThan(9);
    expect(Math.max(...edges)).toBeLessThanOrEqual(width);
  });

  it("finds them by name, small before large, and gets from there to what can be installed", async () => {
    const page = await test.open({ path: "/models", bypassCSP: true });
    await page.getByRole("heading", { name: "LLaMA 65B" }).waitFor();
    const shown = await page
      .getByRole("region", { name: "Installed" })
      .getByRole("heading", { level: 3 })
      .allTextContents();
    expect(shown.filter((name) => name.startsWith("LLaMA"))).toEqual(["LLaMA 7B", "LLaMA 13B", "LLaMA 65B"]);
    // The demo of the other server, then our own.
    expect(shown.slice(-2)).toEqual(["alpaca.demo", "Tiny Demo 7M"]);
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: "Install another one" }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("models-available");
    await page.getByRole("heading", { name: "Available" }).waitFor();
  });

  it("is told which of them do not answer on this machine", async () => {
    const page = await test.open({ path: "/models" });
    await page.getByText(/All run on this machine but those on attic/).waitFor();
    await page
      .getByRole("listitem")
      .filter({ hasText: "On attic" })
      .getByRole("button", { name: "Chat with alpaca.demo" })
      .click();
    await page.getByText("Answers from the server “attic”. What you write is sent there.").waitFor();
    expect(await page.getByText("Nothing you write leaves it.").count()).toBe(0);
  });
});

describe("somebody with a phone and long names", () => {
  it.each([390, 320])("has all of the bar above the chat, each part with its room (%i px)", async (width) => {
    const client = await test.connect();
    const page = await test.open({ ...phone, viewport: { width, height: 700 } });
    const { conversation } = await client.send("Hi", { modelId: "long.word", sampling: { maxTokens: 2 } });
    await page.goto(`${test.cria.url}/c/${conversation.id}`);
    const parts = page.getByRole("banner").getByRole("button");
    await page.getByRole("button", { name: `Choose a model: ${longWord}` }).waitFor();
    const boxes = await parts.evaluateAll((all) =>
      all.map((one) => {
        const { left, right } = one.getBoundingClientRect();
        return { left, right };
      }),
    );
    expect(boxes.length).toBeGreaterThan(4);
    for (const [index, { right }] of boxes.entries())
      expect(right).toBeLessThanOrEqual((boxes[index + 1]?.left ?? width) + 0.5);
  });

  it("reads the beginning of what is written from the right, where it has to be cut", async () => {
    const path = await importChat(test, `${arabic} ${arabic}`, ["Hi", "Hello."]);
    const page = await test.open({ path });
    const title = page.getByRole("navigation", { name: "Chat history" }).getByText(arabic).first();
    const look = (element: Element) => {
      const range = document.createRange();
      const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode() ?? element;
      range.setStart(text, 0);
      range.setEnd(text, 1);
      const [first, box] = [range.getBoundingClientRect(), element.getBoundingClientRect()];
      return first.right <= box.right + 1 && first.left >= box.left - 1 && element.scrollWidth > element.clientWidth;
    };
    expect(await title.evaluate(look)).toBe(true);
    const narrow = await test.open(phone);
    const client = await test.connect();
    const { conversation } = await client.send("Hi", { modelId: "arabic.small", sampling: { maxTokens: 2 } });
    await narrow.goto(`${test.cria.url}/c/${conversation.id}`);
    const name = narrow.getByRole("button", { name: /^Choose a model: نموذج/ }).getByText(arabic);
    await name.waitFor();
    expect(await name.evaluate(look)).toBe(true);
  });
});
