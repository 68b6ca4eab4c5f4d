import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../../server/platform/paths.js";
import { BrowserTest, replyEnded, say } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("the first visit", () => {
  it("loads at most 250 kB of gzipped JavaScript until a first reply is there; formulas and colours are not among it", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    const paths = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .map(({ name }) => new URL(name).pathname)
        .filter((path) => path.endsWith(".js")),
    );
    expect(paths.length).toBeGreaterThan(2);
    expect(paths.filter((path) => /mathParts|highlightCode|german/.test(path))).toEqual([]);
    const sizes = await Promise.all(
      paths.map(async (path) => gzipSync(await readFile(join(packagePath, "dist", "web", path))).length),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(250_000);
  });
});
