import type { Bench, Scenario } from "../Bench.js";
import type { BenchModel } from "../benchModels.js";
import type { LoadClient } from "../clients/LoadClient.js";
import type { StreamRecord } from "../clients/StreamRequest.js";
import type { Recorder } from "../Recorder.js";
import { jainIndex } from "../statistics/jainIndex.js";
import { percentile } from "../statistics/percentile.js";

const streams = 4;

/** Somebody pastes a very long text while others' replies are being written: how long does each of them stand still? */
export const longPaste: Scenario = {
  name: "paste",
  title: "A paste of 8,000 tokens beside 4 streams",
  async run(bench, recorder) {
    const client = await bench.client();
    for (const model of await bench.models(["110M", "1.1B"], "15M"))
      await bench.within(() => measure(bench, recorder, client, model));
  },
};

async function measure(bench: Bench, recorder: Recorder, client: LoadClient, model: BenchModel): Promise<void> {
  const pasteTokens = bench.quick ? 1000 : 8000;
  const contextTokens = pasteTokens + 512;
  const server = await bench.server({ models: [model], flags: { contextTokens } });
  // Four stalls come of every round, so eight rounds make 32 samples.
  const rounds = bench.rounds(8, 1, 8);
  for (let round = -1; round < rounds; round++) {
    const request = { protocol: "socket" as const, url: server.url, modelId: model.id };
    const watchers = Array.from({ length: streams }, (_, connection) => ({
      ...request,
      prompt: bench.freshPrompt(model, 20),
      // They write until the paste has been read, however long that takes.
      maxTokens: contextTokens - 64,
      connection,
      stopWhenOthersEnd: true,
    }));
    const paste = {
      ...request,
      prompt: bench.freshPrompt(model, pasteTokens),
      maxTokens: 8,
      connection: streams,
      startAfterFirstPieces: true,
    };
    const records = await client.run([...watchers, paste]);
    if (round >= 0) judge(recorder, model.name, records);
  }
  recorder.goal("issue 6", `${model.name}: longest stall / slice`, "max", "≤", 2);
  recorder.goal("issue 6", `${model.name}: fairness`, "min", "≥", 0.95);
}

/** The paste's record comes last. Only what happens while it is read counts. */
function judge(recorder: Recorder, name: string, records: readonly StreamRecord[]): void {
  const paste = records.at(-1);
  const watchers = records.slice(0, -1);
  const fromMs = paste?.readings[0]?.atMs;
  const toMs = paste?.readings.at(-1)?.atMs;
  if (paste === undefined || fromMs === undefined || toMs === undefined) throw new Error("the paste was not read");
  const slicesMs = paste.readings.slice(1).map(({ atMs }, index) => atMs - (paste.readings[index]?.atMs ?? atMs));
  const sliceMs = percentile(
    slicesMs.sort((a, b) => a - b),
    50,
  );
  const stallsMs = watchers.map(({ arrivalsMs }) => {
    const inside = arrivalsMs.filter((atMs) => atMs >= fromMs && atMs <= toMs);
    const moments = [fromMs, ...inside, toMs];
    return Math.max(...moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? atMs)));
  });
  recorder.add(`${name}: reading the paste`, "ms", toMs - fromMs);
  recorder.add(`${name}: slice`, "ms", ...slicesMs);
  recorder.add(`${name}: longest stall of each stream`, "ms", ...stallsMs);
  recorder.add(`${name}: longest stall / slice`, "×", ...stallsMs.map((stallMs) => stallMs / sliceMs));
  const tokens = watchers.map(({ arrivalsMs }) => arrivalsMs.filter((atMs) => atMs >= fromMs && atMs <= toMs).length);
  recorder.add(`${name}: fairness`, "×", jainIndex(tokens));
  recorder.add(
    `${name}: speed of a stream meanwhile`,
    "tok/s",
    ...tokens.map((count) => (count / (toMs - fromMs)) * 1000),
  );
}
