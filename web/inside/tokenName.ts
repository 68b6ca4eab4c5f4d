import type { TokenDetail } from "../../server/protocol/generation.js";
import { messages } from "../ui/messages.js";

/** A token's text with what cannot be seen made visible: spaces, line breaks, halves of characters. */
export function tokenName({
  text,
  bytes,
}: Pick<TokenDetail, "text"> & { bytes?: readonly number[] | undefined }): string {
  if (bytes) return bytes.map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(" ");
  if (text === "") return "∅";
  return text.replace(/ /g, "␣").replace(/\n/g, "↵").replace(/\t/g, "⇥");
}

/** The same for a screen reader. */
export function spokenToken({ text, bytes }: Parameters<typeof tokenName>[0]): string {
  const words = messages.inside;
  if (bytes) return words.halfCharacter;
  if (text.includes("\n")) return words.newLine;
  return text.trim() === "" ? words.space : text.trim();
}
