import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { packagePath } from "../platform/paths.js";

const launchArgs = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

/** `undefined` where there is no Chromium, or no driver for it. */
export async function launchChromium(): Promise<Browser | undefined> {
  const finder = pathToFileURL(join(packagePath, ".ci", "chromium.mjs")).href;
  const { findChromium } = (await import(finder)) as { findChromium(): string | undefined };
  const executablePath = findChromium();
  const driver = await import("playwright-core").catch(() => undefined);
  if (executablePath === undefined || driver === undefined) return undefined;
  return driver.chromium.launch({ executablePath, args: launchArgs });
}
