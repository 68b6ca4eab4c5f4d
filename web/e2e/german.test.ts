import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { scriptedProgram } from "../../server/bench/scriptedProgram.js";
import { packagePath } from "../../server/platform/paths.js";
import type { InstallProgress } from "../../server/protocol/install.js";
import { LocalHub } from "../../server/test/LocalHub.js";
import { zipOf } from "../../server/test/zipOf.js";
import { BrowserTest } from "./BrowserTest.js";
import { englishTexts } from "./englishTexts.js";
import { importChat } from "./importChat.js";

// Whoever reads the page in German finds no English in it, in whatever state it is, but what models and people say themselves.

const install: InstallProgress = {
  modelId: "llama.7B",
  name: "LLaMA 7B",
  state: "running",
  step: "fetching",
  message: "Fetching weights.safetensors from huggyllama/llama-7b",
  activity: { code: "fetching", file: "weights.safetensors", source: "huggyllama/llama-7b", sizeBytes: 9_976_000_000 },
  fetchedBytes: 1_500_000_000,
  fetchTotalBytes: 13_500_000_000,
  convertedBytes: 0,
  convertTotalBytes: 3_800_000_000,
  bytesPerSecond: 0,
  progress: 0.11,
  quantization: "Q4_0",
  license: { name: "LLaMA licence (research only, non-commercial)", url: "https://example.org" },
};

/** What models, people and files are called and say themselves. */
const own = [
  /^(Tell me|Write a poem|What is a llama|Who are you|Explain why|Give three|Write a short)/,
  /^Optionen für „.*“$|^Rivers$/,
  /^I am a tiny demo model/,
  // The templates that ship: they are written for the models.
  /\{\{prompt\}\}/,
  /^CC BY-NC|pytorch_model|owner\/repo\/of/,
  // A token that is looked into.
  /^\S+, .*%$/,
];
const shots = process.env.CRIA_SHOTS;

/** Gathers the English of state after state. */
class Reader {
  readonly found: { [state: string]: string[] } = {};

  async read(page: Page, state: string): Promise<void> {
    const texts = await englishTexts(page, own);
    if (texts.length > 0) this.found[state] = texts;
    if (shots !== undefined) await page.screenshot({ path: join(shots, `german-${state}.png`) });
  }
}

const german = { locale: "de-DE", box: "Nachricht" };
const say = async (page: Page, text: string) => {
  await page.getByRole("textbox", { name: "Nachricht" }).fill(text);
  await page.keyboard.press("Enter");
};

describe("somebody who reads German finds no English", () => {
  let test: BrowserTest;
  beforeAll(async () => {
    // One reply at a time, so slow that there is time to read; the next one waits.
    test = await BrowserTest.start({ worker: { program: scriptedProgram({ tokensPerSecond: 2, sequences: 1 }) } });
  });
  afterAll(() => test.close());
  afterEach(async () => expect(await test.endStory()).toEqual([]));

  it("on the screens, while nothing is said", async () => {
    const reader = new Reader();
    const page = await test.open(german);
    await page.getByText("Zum Ausprobieren").waitFor();
    await reader.read(page, "empty");
    await page.keyboard.press("Control+/");
    await page.getByRole("dialog", { name: "Tastenkürzel" }).waitFor();
    await reader.read(page, "shortcuts");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+.");
    await page.getByText("Modell im Speicher").click();
    await page.getByText(/^Braucht .*Speicher/).waitFor();
    await reader.read(page, "parameters");
    await page.keyboard.press("Control+.");
    const navigation = page.getByRole("navigation");
    await navigation.getByRole("button", { name: "Mehr", exact: true }).click();
    await page.getByRole("menuitem", { name: "Chats importieren" }).waitFor();
    await reader.read(page, "history-menu");
    await page.getByRole("menuitem", { name: "Prompt-Vorlagen" }).click();
    await page.getByRole("dialog", { name: "Prompt-Vorlagen" }).waitFor();
    await reader.read(page, "templates");
    await page.keyboard.press("Escape");
    await page
      .getByLabel("Textdateien anhängen")
      .last()
      .setInputFiles([
        { name: "notizen.txt", mimeType: "text/plain", buffer: Buffer.from("Der Fuchs heißt Rufus.") },
        { name: "bild.png", mimeType: "image/png", buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]) },
        { name: "leer.txt", mimeType: "text/plain", buffer: Buffer.from("") },
      ]);
    await page.getByText("bild.png").first().waitFor();
    await reader.read(page, "attachments");
    await page.getByRole("button", { name: /^Modell auswählen/ }).click();
    await reader.read(page, "models-menu");
    await page.keyboard.press("Escape");
    // It is loaded to count the files' tokens; whatever is said of it meanwhile brings it back.
    const none = page.getByRole("heading", { name: "Noch kein Modell" });
    const takeAway = () => {
      test.cria.server.io.emit("model:removed", { modelId: "alpaca.demo" });
      return none.isVisible();
    };
    await expect.poll(takeAway).toBe(true);
    await reader.read(page, "no-model");

    await page.goto(`${test.cria.url}/c/nothing`);
    await page.getByText("Diesen Chat gibt es nicht").waitFor();
    await reader.read(page, "missing");
    await page.goto(test.cria.url + (await importChat(test, "Rivers", ["Wie groß ist ein Kreis?", "Rund: **3,14**."])));
    await page.getByText("Rund").waitFor();
    await reader.read(page, "chat");
    for (const [path, label] of [
      ["/compare", "Eingabe für alle Modelle"],
      ["/completion", "Text zum Fortsetzen"],
    ] as const) {
      await page.goto(test.cria.url + path);
      await page.getByRole("textbox", { name: label }).waitFor();
      await reader.read(page, path.slice(1));
    }
    await page.goto(`${test.cria.url}/server`);
    await page.getByRole("heading", { level: 1, name: "Server" }).waitFor();
    await reader.read(page, "server");
    expect(reader.found).toEqual({});
  });

  it("among the models, and in what an install says of itself", async () => {
    const reader = new Reader();
    const page = await test.open({ locale: "de-DE", path: "/", box: "Nachricht" });
    await page.goto(`${test.cria.url}/models`);
    for (const name of ["LLaMA 7B", "Alpaca 7B"])
      await page.getByRole("button", { name: `${name} installieren`, exact: true }).click();
    await page.getByText("Mit der Installation stimmen Sie der Lizenz zu.").first().waitFor();
    await reader.read(page, "models");
    const error = { code: "download_stalled" as const, message: "example.org sends nothing, or next to nothing." };
    const activities: [InstallProgress["activity"], string][] = [
      [install.activity, "Holt weights.safetensors"],
      [
        { code: "retrying", error, delaySeconds: 4 },
        "example.org sendet nichts oder fast nichts. Neuer Versuch in 4 s.",
      ],
      [
        { code: "passing", error: { code: "hub_not_found", message: "a/b has no Q4_0 weights." } },
        "Die nächste Quelle",
      ],
      [{ code: "asking", host: "huggingface.co", source: "LLaMA 7B" }, "Fragt huggingface.co"],
      [{ code: "looking", name: "LLaMA 7B" }, "Sieht nach"],
      [{ code: "describing", source: "huggyllama/llama-7b" }, "Liest, woraus"],
      [{ code: "quantizing", quantization: "Q4_0" }, "Quantisiert auf Q4_0"],
      [{ code: "verifying" }, "Liest die Gewichte zurück"],
      [{ code: "waiting" }, "Wartet, bis"],
    ];
    for (const [activity, words] of activities) {
      test.cria.server.io.emit("install:progress", { install: { ...install, activity } });
      await page.getByText(words).waitFor();
      await reader.read(page, `install-${activity?.code}`);
    }
    for (const code of ["download_corrupt", "disk_full", "hub_unauthorized", "install_failed"] as const) {
      const failed: InstallProgress = {
        ...install,
        state: "failed",
        message: "It failed.",
        error: { code, message: "" },
      };
      test.cria.server.io.emit("install:progress", { install: failed });
      await page.getByRole("alert").waitFor();
      await reader.read(page, `failed-${code}`);
    }
    expect(reader.found).toEqual({});
  });

  it("while replies are made, stopped, fail, and while the server is gone", async () => {
    const reader = new Reader();
    const page = await test.open(german);
    await say(page, "Tell me a story.");
    await page
      .getByText(/^Antwortet/)
      .first()
      .waitFor();
    await say(page, "Tell me another one.");
    await page.getByRole("button", { name: "Zurücknehmen" }).waitFor();
    await reader.read(page, "answering");
    const queued = await test.open(german);
    await say(queued, "Tell me a joke.");
    await queued
      .getByText(/^In der Warteschlange/)
      .first()
      .waitFor();
    await reader.read(queued, "queued");
    process.kill(test.cria.server.pool.processId("alpaca.demo") ?? 0, "SIGKILL");
    await page.getByText("Das Modell wurde unerwartet beendet.", { exact: true }).waitFor();
    await reader.read(page, "engine-down");
    const stop = queued.getByRole("button", { name: "Anhalten", exact: true });
    if ((await stop.count()) > 0) await stop.click();
    await stop.waitFor({ state: "detached" });
    await reader.read(queued, "stopped");
    await page.context().setOffline(true);
    test.cutPages();
    await page.getByText("Die Verbindung zu Cria ist unterbrochen").first().waitFor();
    await reader.read(page, "offline");
    await queued.routeWebSocket(/socket\.io/, () => {});
    await queued.goto(test.cria.url);
    await queued.getByText("Verbindung wird hergestellt").first().waitFor();
    await reader.read(queued, "loading");
    test.forgiveLostConnection();
    expect(reader.found).toEqual({});
  });
});

describe("somebody who reads German and does what does not work", () => {
  let test: BrowserTest;
  let hub: LocalHub;
  beforeAll(async () => {
    hub = await LocalHub.start();
    const weights = await readFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"));
    hub.add("tiny/Tiny-7M-GGUF", { "m-Q8_0.gguf": weights }, { license: "apache-2.0" });
    hub.add("tiny/Nothing", { "README.md": Buffer.from("Nothing.") });
    process.env.HF_ENDPOINT = hub.endpoint;
    process.env.HF_HOME = "/nonexistent";
    test = await BrowserTest.start();
  });
  afterAll(async () => {
    await test.close();
    await hub.close();
    delete process.env.HF_ENDPOINT;
    delete process.env.HF_HOME;
  });
  afterEach(async () => expect(await test.endStory()).toEqual([]));

  it("is told in German what is wrong with what is to be installed", async () => {
    const reader = new Reader();
    const page = await test.open(german);
    await page.goto(`${test.cria.url}/models`);
    const field = page.getByRole("textbox", { name: "Von anderswo installieren" });
    for (const [source, words] of [
      ["llama.99B", "llama.99B"],
      ["http://", "http://"],
      ["http://example.org/model.gguf", "example.org"],
      ["owner/repo/of/too/many", "owner"],
      ["nobody/nothing", "nobody/nothing"],
      ["tiny/Nothing", "tiny/Nothing"],
      ["tiny/Tiny-7M-GGUF:Q9_X", "Es hat Q8_0: Schreiben Sie tiny/Tiny-7M-GGUF:Q8_0."],
    ] as const) {
      await field.fill(source);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").filter({ hasText: words }).first().waitFor();
      await reader.read(page, `source ${source.replaceAll("/", "_")}`);
    }
    expect(reader.found).toEqual({});
  });

  it("is told in German what is wrong with a file of chats", async () => {
    const reader = new Reader();
    const page = await test.open(german);
    await page.getByRole("navigation").getByRole("button", { name: "Mehr", exact: true }).click();
    await page.getByRole("menuitem", { name: "Chats importieren" }).click();
    const dialog = page.getByRole("dialog", { name: "Chats importieren" });
    await reader.read(page, "import");
    for (const text of ["no JSON", "[1]", '[{"mapping":5}]', "{}"]) {
      await dialog
        .locator("input[type=file]")
        .setInputFiles({ name: "chats.json", mimeType: "application/json", buffer: Buffer.from(text) });
      await dialog.getByRole("alert").waitFor();
      await reader.read(page, `import ${text.replaceAll(/\W/g, "-")}`);
    }
    for (const [name, files] of Object.entries({
      "wrong.zip": { "photo.jpg": "x" },
      "several.zip": { "a.json": "[]", "b.json": "[]" },
      "empty.zip": { "cria-chats.json": "" },
    })) {
      const file = { name, mimeType: "application/zip", buffer: await zipOf(files) };
      await dialog.locator("input[type=file]").setInputFiles(file);
      await dialog.getByRole("alert").filter({ hasText: "Zip-Archiv" }).waitFor();
      await reader.read(page, `import ${name}`);
    }
    await dialog
      .locator("input[type=file]")
      .setInputFiles({ name: "damaged.zip", mimeType: "application/zip", buffer: Buffer.from("PK") });
    await dialog.getByRole("alert").filter({ hasText: "Es ist beschädigt" }).waitFor();
    await reader.read(page, "import damaged.zip");
    test.forgiveRefusals();
    expect(reader.found).toEqual({});
  });

  it("reads a reply, looks inside, compares, completes and searches in German", async () => {
    const reader = new Reader();
    const page = await test.open(german);
    await page.getByRole("button", { name: "Hineinschauen" }).click();
    await say(page, "Who are you?");
    await page.getByRole("button", { name: "Neu erzeugen" }).waitFor();
    const tokens = page.getByRole("group", { name: "Die Antwort, Token für Token" }).locator("[data-index]");
    await tokens.first().focus();
    await page.getByRole("dialog", { name: /hätte kommen können/ }).waitFor();
    expect(await englishTexts(page, [...own, /^\S*$/, /„.*“/])).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("article").last().getByRole("button", { name: "Weitere Aktionen" }).click();
    await reader.read(page, "reply-menu");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Kontext/ }).click();
    await reader.read(page, "gauge");
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox").fill("xyzzy");
    await page.getByText("Nichts gefunden für „xyzzy“.").waitFor();
    await reader.read(page, "search");
    await page.goto(`${test.cria.url}/compare`);
    await page.getByRole("textbox", { name: "Eingabe für alle Modelle" }).fill("Who are you?");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Als Chat behalten" }).nth(1).waitFor();
    await reader.read(page, "compared");
    await page.goto(`${test.cria.url}/server`);
    await page.getByText("Geschriebene Tokens").first().waitFor();
    await reader.read(page, "server-after");
    expect(reader.found).toEqual({});
  });
});
