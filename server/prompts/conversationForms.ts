import { isDeepStrictEqual } from "node:util";
import type { PromptTurn } from "./PromptTurn.js";

/**
 * A conversation as it is, and then in forms that more chat templates have a place for: with a system prompt at the beginning only and with
 * users and replies in turns (Mistral, Qwen 3.5); with no system prompt at all, because the user says what was in it (Gemma; llama.cpp does the same
 * in `workaround::system_message_not_supported`); and, where a reply asks for several calls, each of these with one call at a time (Llama 3).
 */
export function* conversationForms(turns: readonly PromptTurn[]): Generator<readonly PromptTurn[]> {
  const given: (readonly PromptTurn[])[] = [];
  // Each is made when it is asked for: nearly always the first one will do.
  for (const form of everyForm(turns)) {
    if (given.some((earlier) => isDeepStrictEqual(earlier, form))) continue;
    given.push(form);
    yield form;
  }
}

function* everyForm(turns: readonly PromptTurn[]): Generator<readonly PromptTurn[]> {
  yield turns;
  const openingEnd = turns.findIndex(({ role }) => role !== "system");
  const opened = joinNeighbours(turns.map((turn, index) => (index < openingEnd ? turn : saidByUser(turn))));
  yield opened;
  const withoutSystem = joinNeighbours(turns.map(saidByUser));
  yield withoutSystem;
  if (turns.some((turn) => callsOf(turn).length > 1)) yield* [turns, opened, withoutSystem].map(oneCallAtATime);
}

function saidByUser(turn: PromptTurn): PromptTurn {
  return turn.role === "system" ? { role: "user", content: turn.content } : turn;
}

/** Neighbours with the same role become one turn of several paragraphs; replies and results stay what they are. */
function joinNeighbours(turns: readonly PromptTurn[]): PromptTurn[] {
  const joined: PromptTurn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (last === undefined || last.role !== turn.role || turn.role === "assistant" || turn.role === "tool")
      joined.push(turn);
    else {
      const content = [last.content, turn.content].filter((text) => text !== "").join("\n\n");
      joined[joined.length - 1] = { role: turn.role, content };
    }
  }
  return joined;
}

/** Calls that were made at once, one after the other, each with its result. */
function oneCallAtATime(turns: readonly PromptTurn[]): PromptTurn[] {
  const apart: PromptTurn[] = [];
  for (let index = 0; index < turns.length; ) {
    const turn = turns[index++] as PromptTurn;
    const calls = callsOf(turn);
    if (turn.role !== "assistant" || calls.length < 2) {
      apart.push(turn);
      continue;
    }
    const results: (PromptTurn & { role: "tool" })[] = [];
    for (let result = turns[index]; result?.role === "tool"; result = turns[++index]) results.push(result);
    for (const [place, call] of calls.entries()) {
      apart.push({ role: "assistant", content: place === 0 ? turn.content : "", toolCalls: [call] });
      const own = results.find(({ toolCallId }) => toolCallId === call.id);
      if (own === undefined) continue;
      apart.push(own);
      results.splice(results.indexOf(own), 1);
    }
    apart.push(...results);
  }
  return apart;
}

function callsOf(turn: PromptTurn) {
  return turn.role === "assistant" ? (turn.toolCalls ?? []) : [];
}
