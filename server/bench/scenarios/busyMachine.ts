import { usableCores } from "../../platform/freeCores.js";
import type { Bench, Scenario } from "../Bench.js";
import type { BenchModel } from "../benchModels.js";
import type { LoadClient } from "../clients/LoadClient.js";
import type { StreamRecord } from "../clients/StreamRequest.js";
import { streamFigures } from "../clients/streamFigures.js";
import type { HostedServer } from "../HostedServer.js";
import { interleave } from "../interleave.js";
import { monotonicMs } from "../monotonicMs.js";
import type { Recorder } from "../Recorder.js";
import { Spinners } from "../Spinners.js";
import { percentile } from "../statistics/percentile.js";
import { shortPause } from "../untilQuiet.js";

const contextTokens = 1024;
const promptTokens = 20;
/** So many tokens in a row have to be fast again. */
const calmTokens = 5;

/** Another program spins on every core: Cria's adapted threads beside every fixed number, and the way back to full speed. */
export const busyMachine: Scenario = {
  name: "busy",
  title: "A busy machine: one spinning process per core",
  async run(bench, recorder) {
    const client = await bench.client();
    for (const model of await bench.models(["1.1B"]))
      await bench.within(async () => {
        const server = await bench.server({ models: [model], flags: { contextTokens, maxThreads: usableCores() } });
        const ask: Ask = async (side, maxTokens) => {
          const prompt = bench.freshPrompt(model, promptTokens);
          const request = { protocol: "openai" as const, ...side, prompt, maxTokens, connection: 0 };
          const [record] = await client.run([request]);
          if (record === undefined) throw new Error("no answer");
          return record;
        };
        await besideOthers(bench, recorder, model, server, ask);
        await backToFullSpeed(bench, recorder, { model, server, client, ask });
      });
  },
};

type Ask = (side: { url: string; modelId: string }, maxTokens: number) => Promise<StreamRecord>;

async function besideOthers(
  bench: Bench,
  recorder: Recorder,
  model: BenchModel,
  server: HostedServer,
  ask: Ask,
): Promise<void> {
  const maxTokens = bench.quick ? 16 : 48;
  const cell = (name: string) => `${model.name}, busy, ${name}`;
  const fixed = Array.from({ length: usableCores() }, (_, index) => index + 1);
  const peer = await bench.peer(model, { parallel: 1, contextTokens, threads: usableCores() });
  const variants: [name: string, measure: () => Promise<StreamRecord>][] = [];
  for (const threads of fixed) {
    const engine = await bench.bareEngine(model, contextTokens, threads);
    variants.push([
      `engine alone, ${threads} threads`,
      () => engine.run(bench.freshPrompt(model, promptTokens), maxTokens),
    ]);
  }
  variants.push(["Cria", () => ask({ url: server.url, modelId: model.id }, maxTokens)]);
  if (peer !== undefined) variants.push(["peer, a thread per core", () => ask(peer, maxTokens)]);

  const spinners = Spinners.start(usableCores());
  try {
    await interleave(
      bench.rounds(30, 2),
      variants.map(([name, measure]) => ({
        name,
        async run(round) {
          const { tokensPerSecond } = streamFigures(await measure());
          if (round >= 0) recorder.add(cell(name), "tok/s", tokensPerSecond);
        },
      })),
      recorder,
      shortPause,
    );
  } finally {
    await spinners.stop();
  }
  const median = (name: string) =>
    percentile(
      [...recorder.samples(name)].sort((a, b) => a - b),
      50,
    );
  const best = fixed
    .map((threads) => cell(`engine alone, ${threads} threads`))
    .sort((a, b) => median(b) - median(a))[0];
  const toBest = `${model.name}, busy: Cria / best fixed number of threads`;
  recorder.ratio(toBest, cell("Cria"), best ?? "");
  recorder.goal("issue 6", toBest, "p50", "≥", 0.9);
  const toPeer = `${model.name}, busy: Cria / peer with a thread per core`;
  recorder.ratio(toPeer, cell("Cria"), cell("peer, a thread per core"));
  recorder.goal("issue 6", toPeer, "p50", "≥", 2);
}

async function backToFullSpeed(
  bench: Bench,
  recorder: Recorder,
  { model, server, client, ask }: { model: BenchModel; server: HostedServer; client: LoadClient; ask: Ask },
): Promise<void> {
  // The governor has had time to see that the machine is quiet when the last of these runs.
  const quiet: number[] = [];
  for (let run = 0; run < 4; run++)
    quiet.push(streamFigures(await ask({ url: server.url, modelId: model.id }, 64)).tokensPerSecond);
  const quietSpeed = Math.max(...quiet);
  const busyMs = bench.quick ? 1000 : 4000;
  const cell = `${model.name}: back to 0.9 of full speed after`;
  for (let round = 0; round < bench.rounds(30, 1); round++) {
    const spinners = Spinners.start(usableCores());
    // Long enough to see it come back, whatever it does in between.
    const maxTokens = Math.min(contextTokens - 2 * promptTokens, Math.ceil((quietSpeed * (busyMs + 6000)) / 1000));
    const running = client.run([
      {
        protocol: "socket",
        url: server.url,
        modelId: model.id,
        prompt: bench.freshPrompt(model, promptTokens),
        maxTokens,
        connection: 0,
      },
    ]);
    await new Promise((resolve) => setTimeout(resolve, busyMs));
    await spinners.stop();
    const quietAtMs = monotonicMs();
    const [record] = await running;
    const backMs = record === undefined ? undefined : backAfterMs(record, quietAtMs, quietSpeed * 0.9);
    if (backMs === undefined) recorder.note(`${model.name}: a reply was over before it could be seen coming back`);
    else recorder.add(cell, "ms", backMs);
  }
  recorder.goal("issue 6", cell, "p95", "≤", 2000);
}

/** From `quietAtMs` to the first of several tokens in a row that together came at `speed` or faster. */
function backAfterMs(record: StreamRecord, quietAtMs: number, speed: number): number | undefined {
  const after = record.arrivalsMs.filter((atMs) => atMs >= quietAtMs);
  for (let index = 0; index + calmTokens < after.length; index++) {
    const from = after[index] ?? 0;
    const to = after[index + calmTokens] ?? 0;
    if ((calmTokens / (to - from)) * 1000 >= speed) return from - quietAtMs;
  }
  return undefined;
}
