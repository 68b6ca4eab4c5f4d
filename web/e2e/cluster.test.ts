import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packagePath } from "../../server/platform/paths.js";
import { PostgresProcess } from "../../server/test/services/PostgresProcess.js";
import { RedisProcess } from "../../server/test/services/RedisProcess.js";
import { TcpBalancer } from "../../server/test/services/TcpBalancer.js";
import { scriptedWords, TestCluster } from "../../server/test/services/TestCluster.js";
import { TestClient } from "../../server/test/TestServer.js";
import { say } from "./BrowserTest.js";

/** The words of the last reply, as they are shown. */
async function shownWords(page: Page): Promise<string[]> {
  const text = (await page.getByRole("article").last().textContent()) ?? "";
  return text.match(/w\d+/g) ?? [];
}

/** Waits until the last reply has ended. */
async function replyEnded(page: Page): Promise<void> {
  await page.getByRole("article").last().getByRole("button", { name: "Regenerate" }).waitFor();
}

describe.skipIf(!RedisProcess.available || !PostgresProcess.available)("the page in front of three nodes", () => {
  const undo: (() => unknown)[] = [];
  let cluster: TestCluster;
  beforeEach(async () => {
    const postgres = await PostgresProcess.start();
    undo.push(() => postgres.close());
    cluster = await TestCluster.start({ nodes: 3, tokensPerSecond: 40, postgresUrl: postgres.url });
    undo.push(() => cluster.close());
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  it("the node that it talks to, and that makes the reply, is killed: the page is at another one and loses nothing", async () => {
    const client = await TestClient.connect(cluster.node(0).url);
    undo.push(() => client.close());
    const { conversation, reply } = await client.send("Say words", {
      modelId: "a.words",
      sampling: { maxTokens: 400 },
      settings: { sampling: { maxTokens: 400 } },
    });
    const redis = await cluster.redisConnection();
    const nodeId = await redis.hget(`cria:generation:${reply.generationId}`, "node");
    const { url } = JSON.parse((await redis.get(`cria:node:${nodeId}`)) ?? "{}");
    const maker = cluster.nodes.findIndex((node) => node.url === url);
    const ports = cluster.nodes.map((node) => Number(new URL(node.url).port));
    // To the maker first, and round robin from there: which node a page gets is chance otherwise.
    const balancer = await TcpBalancer.start([...ports.slice(maker), ...ports.slice(0, maker)]);
    undo.push(() => balancer.close());
    const finder = pathToFileURL(join(packagePath, ".ci", "chromium.mjs")).href;
    const { findChromium } = (await import(finder)) as { findChromium(): string | undefined };
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error("There is no Chromium: install one or set CRIA_CHROMIUM.");
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    undo.push(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`${balancer.url}/c/${conversation.id}`);
    await expect.poll(() => shownWords(page).then(({ length }) => length)).toBeGreaterThanOrEqual(60);
    await cluster.node(maker).kill();
    await replyEnded(page);
    expect(await shownWords(page)).toEqual(scriptedWords(400).trim().split(" "));
    if (process.env.CRIA_SCREENSHOT !== undefined) await page.screenshot({ path: process.env.CRIA_SCREENSHOT });
    // And the chat goes on.
    await say(page, "More");
    await expect.poll(() => page.getByText("More", { exact: true }).count()).toBeGreaterThan(0);
    await replyEnded(page);
  });
});
