/** What the pages have in common that the server gives beside the page itself: its mark, its colours, and the reader's choices. */

/** The mark that the page has, too (`web/public/favicon.svg`), in the accent's colour. */
export const mark = `<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M10.5 29V13H7c-2.8 0-3.1-3.6-.6-4.2l3.6-.9C9.9 6 10 4.3 10.9 2.8c1.4.9 2.1 1.9 2.4 3.2.7-1.2 1.7-2 3.1-2.3.4 2 0 3.4-.8 4.6V17c2.9-1.2 6.2-1.3 8.7-.1 2.4 1.1 3.4 3.1 3.4 5.6V29"/></svg>`;

/** The colours of `web/styles/tokens.css`. */
export const standaloneStyle = `:root {
  color-scheme: light dark;
  --background: light-dark(#fbfaf7, #171412);
  --surface: light-dark(#ffffff, #201c19);
  --line-strong: light-dark(#8f8578, #7d7268);
  --ink: light-dark(#1f1b16, #ede6dd);
  --muted: light-dark(#6b6258, #a99e92);
  --accent: light-dark(#a84a22, #e8a27c);
  --accent-hover: light-dark(#8f3d1a, #f0b595);
  --on-accent: light-dark(#ffffff, #231208);
  --bad: light-dark(#a32020, #f09a8d);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; background: var(--background); color: var(--ink); }
main { width: min(24rem, calc(100vw - 2rem)); padding-block: 2rem; }
.mark { display: block; width: 56px; height: 56px; fill: none; stroke: var(--accent); stroke-width: 2.8; stroke-linecap: round; stroke-linejoin: round; }
h1 { margin: .75rem 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: .5rem 0; }
label { display: block; margin-top: 1rem; font-weight: 600; }
input, button, .button { box-sizing: border-box; width: 100%; min-height: 44px; margin-top: .25rem; padding: .5rem .75rem; font: inherit; border: 1px solid var(--line-strong); border-radius: 10px; }
input { background: var(--surface); color: inherit; }
button, .button { display: grid; place-items: center; margin-top: .75rem; border-color: transparent; background: var(--accent); color: var(--on-accent); text-decoration: none; cursor: pointer; }
button:hover, .button:hover { background: var(--accent-hover); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#problem { min-height: 1.5em; margin: .25rem 0 0; color: var(--bad); }
@media (forced-colors: active) { button, .button { border-color: ButtonText; } }
`;

/**
 * The beginning of such a page's script: the colours and the language that were chosen on the page itself, or else the browser's.
 * `german` has the texts by the `data-words` of their elements, and the title; `words` is it where German is wanted.
 */
export function standaloneScript(german: { readonly title: string; readonly [name: string]: string }): string {
  return `"use strict";
const german = ${JSON.stringify(german)};
function chosen(name) {
  try {
    return localStorage.getItem("cria." + name) ?? undefined;
  } catch {
    return undefined;
  }
}
const theme = chosen("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
const asked = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => tag === "de" || tag === "en");
const words = (chosen("language") ?? asked) === "de" ? german : undefined;
if (words) {
  document.documentElement.lang = "de";
  document.title = words.title;
  for (const element of document.querySelectorAll("[data-words]")) element.textContent = words[element.dataset.words];
}
`;
}
