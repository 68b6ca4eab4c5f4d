import type { PageError, PageResult } from "../connection/PageError.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";

/** As the protocol's `maxMessageLength`, in UTF-16 units. */
export const maxTextLength = 200_000;
/** More bytes cannot be so few characters. */
const maxSizeBytes = maxTextLength * 4;

/** The text of a file, or why it cannot be attached. UTF-8, or UTF-16 with a byte order mark. */
export async function readTextFile(file: File): Promise<PageResult<string>> {
  const words = messages.attachments;
  if (file.size === 0) return refuse(words.empty(file.name));
  if (file.size > maxSizeBytes)
    return refuse(words.tooBig(file.name, formatBytes(file.size)), words.tooBigHint(maxTextLength));
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = decode(bytes);
  if (text === undefined || text.includes("\0"))
    return refuse(
      /^(image|audio|video)\//.test(file.type) ? words.noMedia(file.name) : words.noText(file.name),
      words.noTextHint,
    );
  return checkText(file.name, text);
}

/** Whether a text can be a file of that name. */
export function checkText(name: string, text: string): PageResult<string> {
  const words = messages.attachments;
  return text.length > maxTextLength
    ? refuse(words.tooLong(name, text.length), words.tooBigHint(maxTextLength))
    : { ok: true, data: text };
}

function decode(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function refuse(message: string, hint?: string): { ok: false; error: PageError } {
  return { ok: false, error: { code: "refused_here", message, ...(hint === undefined ? {} : { hint }) } };
}
