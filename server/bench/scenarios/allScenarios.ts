import type { Scenario } from "../Bench.js";
import { addedLatency } from "./addedLatency.js";
import { startToFirstToken } from "./startToFirstToken.js";
import { stopLongPrompt } from "./stopLongPrompt.js";

/** In the order of the report. */
export const allScenarios: readonly Scenario[] = [addedLatency, startToFirstToken, stopLongPrompt];
