import type { ModelInfo } from "../../server/protocol/model.js";
import { formatBytes } from "../ui/formatBytes.js";
import { formatCompact } from "../ui/formatCompact.js";
import { messages } from "../ui/messages.js";

/** What one needs to know of a model, in short facts that do not break in the middle. */
export function modelFacts(model: ModelInfo): string[] {
  const words = messages.models;
  const facts = [
    ...(model.engine === undefined ? [words.kind[model.kind]] : [words.engine(model.engine)]),
    ...(model.parameterCount ? [words.parameters(formatCompact(model.parameterCount))] : []),
    ...(model.quantization ? [model.quantization] : []),
    // An engine elsewhere need not say how large its models are.
    ...(model.sizeBytes > 0 ? [formatBytes(model.sizeBytes)] : []),
    words.context(model.contextTokens),
  ];
  return facts.map((fact) => fact.replaceAll(" ", "\u00a0"));
}
