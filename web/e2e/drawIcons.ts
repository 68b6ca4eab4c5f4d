import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { packagePath } from "../../server/platform/paths.js";

// Draws the page's icons from icon.svg: npx tsc -b, then node dist/web-e2e/tests/drawIcons.js

const folder = join(packagePath, "web", "public", "icons");
const svg = readFileSync(join(folder, "icon.svg"), "utf8");
/** Systems cut maskable icons to a shape of their own: the ground fills them, and the drawing keeps to the middle. */
const square = svg.replace('rx="14"', "");
const icons = [
  { name: "icon-192", size: 192, drawing: svg },
  { name: "icon-512", size: 512, drawing: svg },
  { name: "apple-180", size: 180, drawing: square },
  {
    name: "maskable-512",
    size: 512,
    drawing: square.replace("translate(12.500 10.500) scale(1.32)", "translate(17.200 15.600) scale(1.02)"),
  },
];

const finder = pathToFileURL(join(packagePath, ".ci", "chromium.mjs")).href;
const { findChromium } = (await import(finder)) as { findChromium(): string | undefined };
const executablePath = findChromium();
if (executablePath === undefined) throw new Error("There is no Chromium: install one or set CRIA_CHROMIUM.");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await browser.newPage();
  for (const { name, size, drawing } of icons) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${drawing}`);
    await page.screenshot({ path: join(folder, `${name}.png`), omitBackground: true });
  }
} finally {
  await browser.close();
}
