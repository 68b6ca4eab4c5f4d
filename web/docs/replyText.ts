/**
 * The words of a reply that arrives as server-sent events, as lines of JSON or as one JSON text: what a reader of the raw answer
 * looks for. Takes all that has come so far; what is not whole yet is left out.
 */
export function replyText(raw: string): string {
  const whole = words(raw);
  if (whole !== "") return whole;
  return raw
    .split("\n")
    .map((line) => words(line.startsWith("data: ") ? line.slice("data: ".length) : line))
    .join("");
}

interface Piece {
  choices?: {
    index?: number;
    delta?: { content?: string | null };
    message?: { content?: string | null };
    text?: string;
  }[];
  message?: { content?: string };
  response?: string;
}

/** Of the first choice, where there are several. */
function words(json: string): string {
  if (!json.startsWith("{")) return "";
  try {
    const piece: Piece = JSON.parse(json);
    const choice = piece.choices?.find(({ index }) => (index ?? 0) === 0);
    return (
      choice?.delta?.content ??
      choice?.message?.content ??
      choice?.text ??
      piece.message?.content ??
      piece.response ??
      ""
    );
  } catch {
    return "";
  }
}
