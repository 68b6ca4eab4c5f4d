/**
 * Loads weights that nobody has run yet and says whether they compute: a process of its own, because a file that the engine cannot
 * bear aborts it. Arguments: the file, its context in tokens, the number of threads.
 */
import { AppError } from "../../platform/AppError.js";
import { tryWeights } from "../../weights/engine/tryWeights.js";
import type { LoadBackReply } from "../loadBack.js";

const [weightsPath = "", contextTokens, threadCount] = process.argv.slice(2);

function reply(message: LoadBackReply): void {
  process.send?.(message, () => process.exit(0));
}

try {
  tryWeights(weightsPath, { contextTokens: Number(contextTokens), threadCount: Number(threadCount) });
  reply({ type: "loaded" });
} catch (error) {
  reply({ type: "failed", error: AppError.from(error).toInfo() });
}
