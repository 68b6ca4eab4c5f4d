import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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

/** Another server that answers with attacks, whatever it is asked. */
const evilEngine = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.url?.endsWith("/models")) {
    response.end(JSON.stringify({ object: "list", data: [{ id: attack(40), object: "model" }] }));
    return;
  }
  response.statusCode = 400;
  response.end(JSON.stringify({ error: { message: attack(41), type: attack(42) } }));
});

/** What would be there if any of the attacks had been taken for more than text. */
const injected =
  'img[src="x"], svg[onload], main script, body > script:not([src]), iframe, object, embed, main form[action], main style, main a[href^="javascript" i], main a[href^="data" i], main a[href^="vbscript" i], main meta, main base';

let test: BrowserTest;
beforeAll(async () => {
  await new Promise<void>((resolve) => evilEngine.listen(0, "127.0.0.1", resolve));
  const { port } = evilEngine.address() as AddressInfo;
  const engines = [`evil=http://127.0.0.1:${port}/v1`];
  test = await BrowserTest.start(undefined, { engines }, installHostileModel);
});
afterAll(async () => {
  await test.close();
  evilEngine.closeAllConnections();
  await new Promise((resolve) => evilEngine.close(resolve));
});
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
    for (const shown of [page, chat]) expect(await shown.locator(injected).count()).toBe(0);
  });

  it("are texts in a search and in what is to be attached or installed", async () => {
    await importChat(test, attack(50), [attack(51), `A needle and ${attack(52)}`]);
    const page = await test.open();
    const history = page.getByRole("navigation", { name: "Chat history" });
    await page.locator("#search").fill("needle");
    await history.locator("mark").first().waitFor();
    await history.getByText("alert(50)").first().waitFor();
    expect(await page.locator(injected).count()).toBe(0);

    const name = `${attack(53).replaceAll("/", "").slice(0, 60)}.txt`;
    const file = { name, mimeType: "text/plain", buffer: Buffer.from("x") };
    await page.locator('main input[type="file"]').setInputFiles(file);
    await page.getByRole("main").getByText("alert(53)").first().waitFor();
    expect(await page.locator(injected).count()).toBe(0);

    const models = await test.openBeside(page, "/models");
    const source = models.getByPlaceholder("owner/repo:Q4_K_M");
    await source.fill(attack(54));
    await source.press("Enter");
    await models.getByText("alert(54)").first().waitFor();
    expect(await models.locator(injected).count()).toBe(0);
  });

  it("are texts in a file of chats that is to be imported", async () => {
    const page = await test.open();
    const chat = {
      format: "cria-conversation",
      formatVersion: 1,
      conversation: {
        id: "c",
        title: attack(55),
        createdAtMs: 1,
        updatedAtMs: 1,
        headMessageId: "m",
        pinned: false,
        temporary: false,
        settings: { systemPrompt: attack(56) },
      },
      messages: [{ id: "m", conversationId: "c", role: "user", text: attack(57), createdAtMs: 1, status: "complete" }],
    };
    await page.getByRole("navigation").getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Import chats" }).click();
    const dialog = page.getByRole("dialog", { name: "Import chats" });
    const file = { name: `${attack(58).replaceAll("/", "")}.json`, mimeType: "application/json" };
    const buffer = Buffer.from(JSON.stringify(chat));
    await dialog.getByLabel("Choose a file").setInputFiles({ ...file, buffer });
    await dialog.getByText("alert(55)").first().waitFor();
    expect(await page.locator(injected).count()).toBe(0);
    await dialog.getByRole("button", { name: "Import 1 chat" }).click();
    await dialog.getByText("1 chat imported.").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page
      .getByRole("navigation")
      .getByRole("link", { name: /alert\(55\)/ })
      .click();
    await page.getByRole("log").getByText("alert(57)").first().waitFor();
    await page.keyboard.press("Control+.");
    await page.getByRole("textbox", { name: /System prompt/ }).waitFor();
    expect(await page.locator(injected).count()).toBe(0);
  });

  it("are texts when another server gives them, as its model's name and as what went wrong there", async () => {
    const page = await test.open();
    await page.getByRole("button", { name: /^Choose a model/ }).click();
    await page.getByRole("button", { name: /alert\(40\)/ }).click();
    await page.getByRole("textbox", { name: "Message" }).fill("Hello");
    await page.keyboard.press("Enter");
    await page.getByRole("log").getByText("alert(41)").first().waitFor();
    expect(await page.locator(injected).count()).toBe(0);
  });
});

describe("[T19] a reply that wants to do harm", () => {
  it("loads nothing, leads nowhere but the web, and adds nothing to the page", async () => {
    const reply = [
      "[a](javascript:alert(60)) [b](JaVaScRiPt:alert(61)) [c](data:text/html,<script>alert(62)</script>) [d](vbscript:alert(63))",
      "![e](https://evil.example/e.png) ![f](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)",
      '<iframe src="https://evil.example"></iframe> <form action="https://evil.example"><input name=q></form>',
      '<style>* { display: none }</style> <base href="https://evil.example/"> <meta http-equiv=refresh content="0;url=/">',
      '<object data="https://evil.example"></object> <embed src="https://evil.example"> <a href="javascript:alert(64)">f</a>',
      "[r]: javascript:alert(65)",
      "[g][r] <https://web.example/ok>",
      "$$\\href{javascript:alert(66)}{x} \\htmlData{a=b}{c} \\includegraphics{https://evil.example/y.png}$$",
      `\`\`\`<img/src=x/onerror=alert(67)>\n${attack(68)}\n\`\`\``,
      `| ${attack(69)} | b |\n| - | - |\n| <img src=x onerror=alert(70)> | c |`,
      "The end.",
    ].join("\n\n");
    const path = await importChat(test, "Harm", ["Do harm.", reply]);
    const page = await test.open({ path });
    const log = page.getByRole("log");
    await log.getByText("The end.").waitFor();
    await log.locator(".katex").first().waitFor();
    expect(await page.locator(injected).count()).toBe(0);
    expect(await log.locator("img").count()).toBe(0);
    const links = await log.locator("a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    expect(links).toContain("https://web.example/ok");
    for (const href of links) expect(href).toMatch(/^https:\/\/(web|evil)\.example\//);
  });
});
