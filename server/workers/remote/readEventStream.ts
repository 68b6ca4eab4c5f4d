import { AppError } from "../../platform/AppError.js";

/** One event may have this many characters; a server that sends no line breaks does not fill the memory. */
const maxEventLength = 4_000_000;

/**
 * The `data` of server-sent events, one after the other. Comments and other fields are passed over. Throws `engine_failed` for an event
 * without end.
 * Source of the format: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true });
    // A carriage return at the very end may be the first half of a line break.
    const usable = rest.endsWith("\r") ? rest.length - 1 : rest.length;
    const lines = rest.slice(0, usable).split(/\r\n|\r|\n/);
    rest = (lines.pop() ?? "") + rest.slice(usable);
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield data.join("\n");
        data = [];
      } else if (line.startsWith("data:")) data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
    }
    if (rest.length + data.reduce((sum, text) => sum + text.length, 0) > maxEventLength)
      throw new AppError("engine_failed", `An engine sent an event of more than ${maxEventLength} characters.`);
  }
}
