import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../../server/platform/paths.js";
import { randomId } from "../../server/platform/randomId.js";
import { BrowserTest, replyEnded, say } from "./BrowserTest.js";

const token = "the-token-of-this-very-run";
let webPath: string;
let test: BrowserTest;
let guarded: BrowserTest;
beforeAll(async () => {
  // A copy, so that a newer page can take its place.
  webPath = await mkdtemp(join(tmpdir(), "cria-page-"));
  await cp(join(packagePath, "dist", "web"), webPath, { recursive: true });
  test = await BrowserTest.start({ webPath });
  guarded = await BrowserTest.start({}, { host: "0.0.0.0", token });
});
afterAll(async () => {
  await test.close();
  await guarded.close();
  await rm(webPath, { recursive: true });
});
afterEach(async () => expect([...(await test.endStory()), ...(await guarded.endStory())]).toEqual([]));

/** Waits until the browser keeps the page, and opens it again so that the kept one counts. */
async function kept(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.reload();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
}

describe("the server cannot be reached", () => {
  it("the page opens all the same, says so, keeps what is written, and goes on when the server is back", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    await kept(page);
    await page.context().setOffline(true);
    await page.reload();
    await page.getByText("Cria cannot be reached.").waitFor();
    await page.getByText("Your chats are on the server. They are shown as soon as it answers.").waitFor();
    for (const promise of [/^Loading/, /^Opening/]) expect(await page.getByText(promise).count()).toBe(0);
    const box = page.getByRole("textbox", { name: "Message" });
    await box.fill("and then?");
    await page.reload();
    expect(await box.inputValue()).toBe("and then?");
    await page.context().setOffline(false);
    await replyEnded(page);
    expect(await box.inputValue()).toBe("and then?");
    test.forgiveLostConnection();
  });

  it("nothing but the page is kept: no answer of the server, no conversation", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    await kept(page);
    await page.evaluate(() => fetch("/api/export").then((response) => response.text()));
    const paths = await page.evaluate(async () => {
      const caches = await Promise.all((await window.caches.keys()).map((name) => window.caches.open(name)));
      const requests = await Promise.all(caches.map((cache) => cache.keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(paths.length).toBeGreaterThan(10);
    const isPage =
      /^\/(assets\/[^/]+\.(js|css)|icons\/[^/]+\.(svg|png)|favicon\.svg|theme\.js|manifest\.webmanifest)?$/;
    expect(paths.filter((path) => !isPage.test(path))).toEqual([]);
  });
});

describe("a newer page", () => {
  it("is what one gets on the next visit, and is offered to whoever has the old one open", async () => {
    const page = await test.open();
    await kept(page);
    const [index, worker] = [join(webPath, "index.html"), join(webPath, "serviceWorker.js")];
    const version = randomId();
    const newer = (tab: Page) => tab.locator(`body[data-newer="${version}"]`);
    await writeFile(index, (await readFile(index, "utf8")).replace(/<body[^>]*>/, `<body data-newer="${version}">`));
    await writeFile(worker, (await readFile(worker, "utf8")).replace(/"version":"[\w-]+"/, `"version":"${version}"`));
    const second = await test.openBeside(page, "/");
    expect(await newer(second).count()).toBe(1);
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.ready).update();
    });
    await page.getByText("There is a newer version of this page.").waitFor();
    expect(await newer(page).count()).toBe(0);
    await page.getByRole("button", { name: "Reload" }).click();
    await newer(page).waitFor();
  });
});

describe("[T4] a server that asks for a token", () => {
  it("shows the log-in to whoever has none any more, though the page is kept", async () => {
    const page = await guarded.open({ path: `/?token=${token}` });
    expect(new URL(page.url()).search).toBe("");
    await kept(page);
    await page.context().clearCookies();
    await page.reload();
    await page.getByLabel("Token", { exact: true }).fill(token);
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Message" }).waitFor();
    guarded.forgiveRefusals();
    guarded.forgiveLostConnection();
  });
});
