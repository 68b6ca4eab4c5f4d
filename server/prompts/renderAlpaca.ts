import type { ChatTurn } from "../protocol/events.js";

/**
 * Stanford Alpaca's two frames, which its models were trained on.
 * Source: tatsu-lab/stanford_alpaca, train.py (PROMPT_DICT).
 */
export const alpacaPreamble =
  "Below is an instruction that describes a task. Write a response that appropriately completes the request.";
export const alpacaPreambleWithInput =
  "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.";

/** What a model that runs on writes when it starts the next round by itself. */
export const alpacaStopStrings = ["\n### Instruction:", "\n### Input:"];

const inputMarker = /^###\s*Input:[ \t]*$/m;

/** Splits `instruction` at a line `### Input:`, with which a user gives the frame's second field. */
function splitInput(text: string): { instruction: string; input: string | undefined } {
  const marker = inputMarker.exec(text);
  if (marker === null) return { instruction: text.trim(), input: undefined };
  const input = text.slice(marker.index + marker[0].length).trim();
  return { instruction: text.slice(0, marker.index).trim(), input: input === "" ? undefined : input };
}

/**
 * A chat in Alpaca's frame, ready for the model to write the last response. A system turn takes the preamble's place.
 * Rounds follow each other as the model was trained on them: `### Instruction:`, `### Response:`, a blank line between.
 */
export function renderAlpaca(turns: readonly ChatTurn[]): string {
  const system = turns.filter((turn) => turn.role === "system").map((turn) => turn.content.trim());
  const rounds = turns.filter((turn) => turn.role !== "system");
  const firstUser = rounds.find((turn) => turn.role === "user");
  const preamble =
    firstUser !== undefined && splitInput(firstUser.content).input !== undefined
      ? alpacaPreambleWithInput
      : alpacaPreamble;
  const pieces = [system.length > 0 ? system.join("\n\n") : preamble];
  let open = false;
  for (const turn of rounds) {
    if (turn.role === "user") {
      const { instruction, input } = splitInput(turn.content);
      pieces.push(`### Instruction:\n${instruction}`);
      if (input !== undefined) pieces.push(`### Input:\n${input}`);
      open = true;
    } else {
      // A reply that is the last turn is continued, so nothing may follow it.
      const last = turn === rounds.at(-1);
      pieces.push(`### Response:\n${last ? turn.content : turn.content.trim()}`);
      open = false;
      if (last) return pieces.join("\n\n");
    }
  }
  if (open || rounds.length === 0) pieces.push("### Response:\n");
  return pieces.join("\n\n");
}
