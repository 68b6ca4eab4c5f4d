import type { Response } from "express";
import type { Generation } from "../../chat/Generation.js";
import type { ParsedPiece } from "../../prompts/ToolCallParser.js";
import type { GenerationEvent, TokenDetail } from "../../protocol/generation.js";
import { EventStream } from "../EventStream.js";
import { endFailure } from "../endFailure.js";
import { followGeneration } from "../followGeneration.js";
import type { ToolPlan } from "../planTools.js";
import { ReplyParser } from "../ReplyParser.js";
import { stopWhenGone } from "../stopWhenGone.js";
import { toOllamaError } from "./ollamaError.js";
import { ollamaName } from "./ollamaModels.js";
import { ReplyClock } from "./replyDurations.js";

export interface ReplyOptions {
  response: Response;
  stream: boolean;
  plan: ToolPlan | undefined;
  /** What a piece of the reply is in this endpoint's answer. */
  word(piece: ParsedPiece): object;
}

/**
 * Sends a generation in Ollama's form: line by line, or whole. Resolves when it is sent. An error before the first line rejects,
 * so that it is answered with its status; a later one is the last line.
 */
export function answerReply(generation: Generation, { response, stream, plan, word }: ReplyOptions): Promise<void> {
  const clock = new ReplyClock(generation);
  const lines = stream ? new EventStream(response, { format: "ndjson" }) : undefined;
  const reply = new ReplyParser(plan);
  const head = () => ({ model: ollamaName(generation.modelId), created_at: new Date().toISOString() });
  const whole: ParsedPiece & { tokens: TokenDetail[] } = { content: "", calls: [], tokens: [] };
  let withTokens = false;
  stopWhenGone(response, [generation]);

  const take = (piece: ParsedPiece, tokens: TokenDetail[] | undefined) => {
    if (tokens !== undefined) withTokens = true;
    if (lines === undefined) {
      whole.content += piece.content;
      whole.calls.push(...piece.calls);
      whole.tokens.push(...(tokens ?? []));
    } else if (piece.content !== "" || piece.calls.length > 0)
      lines.send({ ...head(), ...word(piece), done: false, ...(tokens === undefined ? {} : ollamaLogprobs(tokens)) });
  };
  const finish = (event: GenerationEvent & { type: "end" }) => {
    const last = {
      done: true,
      done_reason: event.stopReason === "length" || event.stopReason === "context" ? "length" : "stop",
      ...clock.figures(event.stats),
    };
    if (lines === undefined)
      response.json({ ...head(), ...word(whole), ...last, ...(withTokens ? ollamaLogprobs(whole.tokens) : {}) });
    else {
      lines.send({ ...head(), ...word({ content: "", calls: [] }), ...last });
      lines.end();
    }
  };

  return new Promise((resolve, reject) => {
    followGeneration(generation, (event) => {
      if (event.type === "text") take(reply.push(event.text), event.tokens);
      if (event.type !== "end") return;
      const error = endFailure(event);
      if (error !== undefined) {
        if (lines?.opened === true) {
          lines.send(toOllamaError(error));
          lines.end();
          resolve();
        } else {
          lines?.cancel();
          reject(error);
        }
        return;
      }
      take(reply.flush(), undefined);
      finish(event);
      resolve();
    });
  });
}

function ollamaLogprobs(tokens: readonly TokenDetail[]) {
  const describe = ({ text, probability, bytes }: Omit<TokenDetail, "top" | "id">) => ({
    token: text,
    logprob: Math.max(-9999, Math.log(probability)),
    bytes: bytes ?? [...new TextEncoder().encode(text)],
  });
  return { logprobs: tokens.map((token) => ({ ...describe(token), top_logprobs: token.top.map(describe) })) };
}
