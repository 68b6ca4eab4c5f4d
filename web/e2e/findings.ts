import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe finds, as `rule: element`. Its script is let past the content policy (`bypassCSP`), which the other stories keep to. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
