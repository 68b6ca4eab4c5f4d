import { importChat as importInto } from "../../server/bench/importChat.js";
import type { BrowserTest } from "./BrowserTest.js";

/** Stores a chat of these texts, the reader's and the model's in turn, and gives its address. */
export async function importChat(test: BrowserTest, title: string, texts: readonly string[]): Promise<string> {
  return `/c/${await importInto(test.cria.url, title, texts)}`;
}
