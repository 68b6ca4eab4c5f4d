import { AppError } from "../platform/AppError.js";

/** Lists and objects in each other: more than anything needs that is read here. */
const maxDepth = 128;
/**
 * Values that a body may have. Each takes some 50 bytes of memory once it is read, though as text two are enough, and as objects a
 * million keep everybody waiting for half a second.
 */
export const maxValues = { request: 1_000_000, import: 5_000_000 };

const [quote, backslash, comma, openList, closeList, openObject, closeObject] = Buffer.from('"\\,[]{}');

/**
 * Looks at the text of a JSON body before it is parsed, which the parser does in one go while everybody waits: 200 MB of `[` would
 * take it half a minute, as many of `{},` more memory than there is ([T10]). It counts, and leaves what is wrong to the parser.
 * Throws `bad_request`.
 */
export function checkJsonShape(bytes: Uint8Array, most: number): void {
  let depth = 0;
  let values = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inText) {
      if (byte === backslash) at++;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === comma) values++;
    else if (byte === openList || byte === openObject) {
      values++;
      if (++depth > maxDepth) throw tooMuch(`is nested more than ${maxDepth} deep`);
    } else if (byte === closeList || byte === closeObject) depth--;
    if (values > most) throw tooMuch(`has more than ${most} values`);
  }
}

/** {@link checkJsonShape} as body-parser's `verify`, which throws `unsupported_media_type` when the text is not UTF-8. */
export function verifyJsonShape(most: number) {
  return (_request: unknown, _response: unknown, bytes: Uint8Array, encoding: string): void => {
    if (encoding.toLowerCase() !== "utf-8") throw new AppError("unsupported_media_type", "The body must be UTF-8.");
    checkJsonShape(bytes, most);
  };
}

function tooMuch(what: string): AppError {
  return new AppError("bad_request", `The body ${what}.`, { hint: "Send less at once." });
}
