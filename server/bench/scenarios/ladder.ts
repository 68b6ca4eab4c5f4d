import type { Bench, Scenario } from "../Bench.js";
import type { BenchModel } from "../benchModels.js";
import type { LoadClient } from "../clients/LoadClient.js";
import type { StreamRecord } from "../clients/StreamRequest.js";
import { streamFigures } from "../clients/streamFigures.js";
import { interleave, type Variant } from "../interleave.js";
import { PaintedPage } from "../PaintedPage.js";
import type { Recorder } from "../Recorder.js";
import { runInWorker } from "../runInWorker.js";

/** Short enough that nothing is parked on disk in between. */
const promptTokens = 60;
const replyTokens = 128;
const contextTokens = 512;

/** The same reply, asked for ever further away from the engine: each rung's speed by the engine's own, measured side by side. */
export const ladder: Scenario = {
  name: "ladder",
  title: "The overhead ladder: one reply at a time",
  async run(bench, recorder) {
    const client = await bench.client();
    for (const model of await bench.models(["15M", "110M", "1.1B"]))
      await bench.within(() => climb(bench, recorder, client, model));
  },
};

async function climb(bench: Bench, recorder: Recorder, client: LoadClient, model: BenchModel): Promise<void> {
  const maxTokens = bench.quick ? 32 : replyTokens;
  const engine = await bench.bareEngine(model, contextTokens);
  const worker = await bench.worker(model, contextTokens);
  const server = await bench.server({ models: [model], maxTokens, flags: { contextTokens } });
  const peer = await bench.peer(model, { parallel: 1, contextTokens });
  const page = await PaintedPage.open(server.url);
  if (page === undefined) recorder.note("painted: left out, there is no Chromium");
  else bench.defer(() => page.close());

  const cria = { url: server.url, modelId: model.id };
  const ask = async (protocol: "socket" | "openai", side: { url: string; modelId: string }, prompt: string) => {
    const request = { protocol, ...side, prompt, maxTokens, connection: 0, cachePrompt: false };
    const [record] = await client.run([request]);
    if (record === undefined) throw new Error("no answer");
    return record;
  };
  const rung = (name: string, measure: (prompt: string) => Promise<StreamRecord>): Variant => ({
    name,
    async run(round) {
      const figures = streamFigures(await measure(bench.freshPrompt(model, promptTokens)));
      if (round < 0) return;
      // A short reply may be there in a single frame.
      if (Number.isFinite(figures.tokensPerSecond))
        recorder.add(`${model.name} ${name}: speed`, "tok/s", figures.tokensPerSecond);
      recorder.add(`${model.name} ${name}: time to first token`, "ms", figures.ttftMs);
      recorder.add(`${model.name} ${name}: gap`, "ms", figures.gapsMs);
      recorder.add(`${model.name} ${name}: longest stall`, "ms", figures.longestGapMs);
    },
  });
  const rungs = [
    rung("engine alone", (prompt) => engine.run(prompt, maxTokens)),
    rung("worker", (prompt) => runInWorker(worker, prompt, maxTokens)),
    rung("SSE", (prompt) => ask("openai", cria, prompt)),
    rung("socket", (prompt) => ask("socket", cria, prompt)),
    ...(page === undefined ? [] : [rung("painted", (prompt) => page.ask(prompt, maxTokens))]),
    ...(peer === undefined ? [] : [rung("peer", (prompt) => ask("openai", peer, prompt))]),
  ];
  await interleave(bench.rounds(30), rungs, recorder);

  const speed = (name: string) => `${model.name} ${name}: speed`;
  for (const name of ["worker", "SSE", "socket", "painted", "peer"])
    recorder.ratio(`${model.name} ${name} / engine alone`, speed(name), speed("engine alone"));
  recorder.ratio(`${model.name} SSE / peer`, speed("SSE"), speed("peer"));
  recorder.ratio(`${model.name} socket / peer`, speed("socket"), speed("peer"));
  recorder.goal("issue 6", `${model.name} socket / engine alone`, "p50", "≥", 0.98);
  recorder.goal("issue 6", `${model.name} SSE / peer`, "p50", "≥", model.name === "15M" ? 0.85 : 1);
}
