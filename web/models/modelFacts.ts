import type { ModelInfo } from "../../server/protocol/model.js";
import { formatBytes } from "../ui/formatBytes.js";
import { formatCompact } from "../ui/formatCompact.js";
import { messages } from "../ui/messages.js";

/** What one needs to know of an installed model, in short facts that do not break in the middle. */
export function modelFacts(model: ModelInfo): string[] {
  const words = messages.models;
  const facts = [
    words.kind[model.kind],
    ...(model.parameterCount ? [words.parameters(formatCompact(model.parameterCount))] : []),
    ...(model.quantization ? [model.quantization] : []),
    formatBytes(model.sizeBytes),
    words.context(model.contextTokens),
  ];
  return facts.map((fact) => fact.replaceAll(" ", "\u00a0"));
}
