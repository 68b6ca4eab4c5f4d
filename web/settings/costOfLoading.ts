import type { LoadPlan, LoadSettings } from "../../server/protocol/loadSettings.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";

/** What a model takes with the settings of a plan, in words: how much, how much more or less than now, and whether there is room. */
export function costOfLoading(plan: LoadPlan, chosen: LoadSettings): { fits: boolean; text: string } {
  const { memory, loaded, availableBytes, usual } = plan;
  const words = messages.loading;
  if (memory.totalBytes > availableBytes)
    return { fits: false, text: words.tooBig(formatBytes(memory.totalBytes), formatBytes(availableBytes)) };
  const change = loaded === undefined ? 0 : memory.totalBytes - loaded.totalBytes;
  const total = formatBytes(memory.totalBytes);
  const sentences = [
    change === 0
      ? words.takes(total)
      : words.takesNow(total, `${change > 0 ? "+" : "−"}${formatBytes(Math.abs(change))}`),
    words.lanes(memory.sequences),
  ];
  // A context that does not fit is shortened when the model is loaded.
  if (memory.contextTokens < (chosen.contextTokens ?? usual.contextTokens))
    sentences.push(words.shortened(memory.contextTokens));
  return { fits: true, text: sentences.join(" ") };
}
