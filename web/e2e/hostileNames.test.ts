import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../../server/platform/paths.js";
import { BrowserTest } from "./BrowserTest.js";
import { importChat } from "./importChat.js";

const attack = (number: number) =>
  `<img src=x onerror=alert(${number})>"><script>alert(${number})</script><svg onload=alert(${number})>{{alert(${number})}}`;

/** The demo model with a manifest in which every text is an attack. */
async function installHostileModel(homePath: string): Promise<void> {
  const folder = join(homePath, "models", "evil", "names");
  const demo = join(packagePath, "models", "demo");
  await mkdir(folder, { recursive: true });
  const manifest = JSON.parse(await readFile(join(demo, "model.json"), "utf8"));
  await copyFile(join(demo, manifest.file), join(folder, manifest.file));
  const hostile = {
    ...manifest,
    id: "evil.names",
    name: attack(1),
    description: attack(2),
    quantization: attack(3),
    license: { name: attack(4), url: "javascript:alert(4)" },
    sources: [{ name: attack(5), files: [] }],
    examplePrompts: [attack(6)],
  };
  await writeFile(join(folder, "model.json"), JSON.stringify(hostile));
}

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start(undefined, undefined, installHostileModel);
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

// Whatever is not shown as text would open a dialog, load something, or break the page's content policy: afterEach looks at that.
describe("[T19] names that want to do harm", () => {
  it("are texts on every screen: models, titles, imported messages, file names", async () => {
    const path = await importChat(test, attack(10), [attack(11), attack(12), attack(13), attack(14)]);
    const page = await test.open({ path });
    await page.getByRole("navigation", { name: "Chat history" }).getByText("alert(10)").first().waitFor();
    await page.getByRole("log").getByText("alert(12)").first().waitFor();
    expect(await page.title()).toContain("alert(10)");

    await test.openTab(page, "/models");
    await page.getByText("alert(1)").first().waitFor();

    const client = await test.connect();
    await client.request("settings:set", { scope: { modelId: "evil.names" }, value: { systemPrompt: attack(15) } });
    await client.request("template:save", { name: "harmless", text: `${attack(16)} {{alert}}` });
    await client.request("preset:save", { preset: { name: attack(17).slice(0, 60) } });
    const upload = await fetch(
      `${test.cria.url}/api/attachments?name=${encodeURIComponent(`${attack(18).slice(0, 80)}.txt`)}`,
      {
        method: "POST",
        headers: { "content-type": "text/plain", "x-cria": "1" },
        body: attack(19),
      },
    );
    const { id } = (await upload.json()) as { id: string };
    const { conversation } = await client.send(attack(20), {
      modelId: "evil.names",
      attachmentIds: [id],
      sampling: { maxTokens: 1 },
    });
    const chat = await test.open({ path: `/c/${conversation.id}` });
    await chat.getByRole("log").getByText("alert(20)").first().waitFor();
    for (const shown of [page, chat])
      expect(await shown.locator('img[src="x"], svg[onload], main script, body > script:not([src])').count()).toBe(0);
  });
});
