import type { AnyModel } from "../../models/ModelRegistry.js";
import { version } from "../../platform/version.js";
import type { GenerationEvent } from "../../protocol/generation.js";
import type { Sampling } from "../../protocol/sampling.js";

/** What `debug` shows before the prompt: the model and the parameters, in the words of llama.cpp's log. */
export function describeStart(model: AnyModel, sampling: Sampling): string {
  const { temperature, topK, topP, repeatLastTokens, repeatPenalty, maxTokens, seed } = sampling;
  return [
    `cria ${version}: model = ${model.id} (${model.quantization ?? "unknown type"}, ${model.sizeBytes} bytes)`,
    `sampling parameters: temp = ${temperature}, top_k = ${topK}, top_p = ${topP}, repeat_last_n = ${repeatLastTokens}, repeat_penalty = ${repeatPenalty}`,
    `generate: n_predict = ${maxTokens}, seed = ${seed ?? "random"}`,
    "",
  ].join("\r\n");
}

/** What `debug` shows of an event besides its text; `""` for nothing. */
export function describeEvent(event: GenerationEvent): string {
  if (event.type === "phase") {
    const { phase } = event;
    switch (phase.phase) {
      case "queued":
        return `\r\nqueued: position ${phase.position}\r\n`;
      case "loading":
        return `\r\nloading: ${Math.round(phase.progress * 100)} %\r\n`;
      case "reading":
        return `\r\nprompt: ${phase.evaluatedTokens} of ${phase.promptTokens} tokens\r\n`;
      default:
        return "";
    }
  }
  if (event.type !== "end") return "";
  const ending = event.stopReason === "end" ? " [end of text]\r\n" : `\r\nended: ${event.stopReason}\r\n`;
  if (event.stats === undefined) return ending;
  const { promptTokens, generatedTokens, promptEvalMs, generationMs, tokensPerSecond, seed } = event.stats;
  return [
    ending,
    `prompt eval time = ${promptEvalMs.toFixed(1)} ms / ${promptTokens} tokens\r\n`,
    `eval time = ${generationMs.toFixed(1)} ms / ${generatedTokens} tokens (${tokensPerSecond.toFixed(1)} per second), seed = ${seed}`,
  ].join("");
}
