import type { Page } from "playwright-core";

/** Words that are English and never German. */
const englishOnly =
  /(^|[^\p{L}])(the|of|and|is|are|to|with|you|your|this|that|these|it|its|for|from|be|been|or|has|have|were|by|no|cannot|does|what|when|which|than|there|here|only|every|each|as|at|on|if|how|too|more|most|other|anew|not|needs|again|try|yes|new|show|delete|close|send|stop|loading|error|failed|settings|search|model|models|answer|answers|reply|message|install)($|[^\p{L}])/iu;

/** Where the words are somebody's own: what is said in chats, the names of files and repositories, and what is for programs. */
const ownWords = "pre, code, textarea, [lang=en], article > h2 + div, [class*=markdown]";

/**
 * The texts of the page that are English, as a reader sees them or hears them read. `own`: what a model or a person said.
 */
export async function englishTexts(page: Page, own: readonly RegExp[] = []): Promise<string[]> {
  const texts = await page.evaluate((skipped) => {
    const found: string[] = [document.title];
    const attributes = ["aria-label", "aria-description", "aria-valuetext", "title", "placeholder", "alt"];
    for (const element of document.querySelectorAll<HTMLElement>("body, body *")) {
      if (element.closest("script, style, noscript") || !element.checkVisibility()) continue;
      for (const name of attributes) found.push(element.getAttribute(name) ?? "");
      if (element.closest(skipped)) continue;
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent ?? "");
    }
    return found;
  }, ownWords);
  return [...new Set(texts.map((text) => text.trim()))].filter(
    (text) => englishOnly.test(text) && !own.some((pattern) => pattern.test(text)),
  );
}
