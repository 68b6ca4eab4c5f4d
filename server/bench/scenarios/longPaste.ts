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
  recorder.goal("issue 6", `${model.name}: longest stall / slice there`, "max", "≤", 2);
  recorder.goal("issue 6", `${model.name}: fairness`, "min", "≥", 0.95);
}

/** Slices on either side of a stall that tell how long one takes there. */
const neighbours = 8;

/**
 * The paste's record comes last. Only what happens while it is read counts. Slices become longer with every token that there is to attend
 * to, so a stall is compared with those around it; the row beside it has the median of all of them.
 */
function judge(recorder: Recorder, name: string, records: readonly StreamRecord[]): void {
  const paste = records.at(-1);
  const watchers = records.slice(0, -1);
  const fromMs = paste?.readings[0]?.atMs;
  const toMs = paste?.readings.at(-1)?.atMs;
  if (paste === undefined || fromMs === undefined || toMs === undefined) throw new Error("the paste was not read");
  const ends = paste.readings.map(({ atMs }) => atMs);
  const slicesMs = ends.slice(1).map((atMs, index) => atMs - (ends[index] ?? atMs));
  const sliceMs = median(slicesMs);
  const gaps = watchers.map(({ arrivalsMs }) => {
    const moments = [fromMs, ...arrivalsMs.filter((atMs) => atMs >= fromMs && atMs <= toMs), toMs];
    return moments.slice(1).map((atMs, index) => {
      const ms = atMs - (moments[index] ?? atMs);
      const slice = ends.findIndex((endMs) => endMs >= atMs - ms / 2) - 1;
      const around = slicesMs.slice(Math.max(0, slice - neighbours), slice + neighbours + 1);
      return { ms, slices: ms / median(around) };
    });
  });
  const longest = (of: (gap: { ms: number; slices: number }) => number) => gaps.map((gap) => Math.max(...gap.map(of)));
  recorder.add(`${name}: reading the paste`, "ms", toMs - fromMs);
  recorder.add(`${name}: slice`, "ms", slicesMs);
  recorder.add(
    `${name}: longest stall of each stream`,
    "ms",
    longest(({ ms }) => ms),
  );
  recorder.add(
    `${name}: longest stall / slice there`,
    "×",
    longest(({ slices }) => slices),
  );
  recorder.add(
    `${name}: longest stall / slice of all`,
    "×",
    longest(({ ms }) => ms / sliceMs),
  );
  const tokens = watchers.map(({ arrivalsMs }) => arrivalsMs.filter((atMs) => atMs >= fromMs && atMs <= toMs).length);
  recorder.add(`${name}: fairness`, "×", jainIndex(tokens));
  recorder.add(
    `${name}: speed of a stream meanwhile`,
    "tok/s",
    tokens.map((count) => (count / (toMs - fromMs)) * 1000),
  );
}

function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    50,
  );
}
