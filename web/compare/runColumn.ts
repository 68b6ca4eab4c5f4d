import type { Connection } from "../connection/Connection.js";
import { type GenerationRun, runGeneration } from "../generate/runGeneration.js";
import { storedSampling } from "../generate/storedSampling.js";
import { emptyGeneration, type GenerationView } from "../state/applyGenerationEvent.js";
import type { CompareColumn } from "./reduceCompare.js";

export type ColumnRun = Pick<GenerationRun, "stop" | "close">;

/** Asks one column's model with the stored parameters and the column's own over them. */
export function runColumn(
  connection: Connection,
  { modelId, temperature }: CompareColumn,
  prompt: string,
  onView: (view: GenerationView) => void,
): ColumnRun {
  let run: GenerationRun | undefined;
  let given: "stop" | "close" | undefined;
  void storedSampling(connection, modelId).then((stored) => {
    if (given === "close") return;
    if (given === "stop") return onView({ ...emptyGeneration, end: { stopReason: "stopped" } });
    const sampling = { ...stored, ...(temperature === undefined ? {} : { temperature }) };
    run = runGeneration(connection, { modelId, messages: [{ role: "user", content: prompt }], sampling }, onView);
  });
  const give = (up: "stop" | "close") => {
    given = up;
    run?.[up]();
  };
  return { stop: () => give("stop"), close: () => give("close") };
}
