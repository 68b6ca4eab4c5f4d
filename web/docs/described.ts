import { element } from "./element.js";
import { words } from "./words.js";

/** What the server's description says, in the reader's language; marked as English where that has no words for it. */
export function described(text: string): Node {
  const said = words.described(text);
  return said === undefined ? element("span", { lang: "en" }, text) : document.createTextNode(said);
}
