import type { Bench, Scenario } from "../Bench.js";
import type { BenchModel } from "../benchModels.js";
import type { LoadClient } from "../clients/LoadClient.js";
import { aggregateTokensPerSecond, streamFigures } from "../clients/streamFigures.js";
import { interleave } from "../interleave.js";
import type { Recorder } from "../Recorder.js";
import { jainIndex } from "../statistics/jainIndex.js";

const promptTokens = 32;
const replyTokens = 64;
const contextTokens = 512;

/** All users ask at once, each something else, and wait for their replies. */
export const users: Scenario = {
  name: "users",
  title: "Throughput and waits at 1, 2, 4, 8 and 16 users",
  async run(bench, recorder) {
    const client = await bench.client();
    for (const model of await bench.models(["15M", "110M", "1.1B"]))
      await bench.within(() => measure(bench, recorder, client, model));
  },
};

async function measure(bench: Bench, recorder: Recorder, client: LoadClient, model: BenchModel): Promise<void> {
  const counts = bench.quick ? [1, 4] : [1, 2, 4, 8, 16];
  const maxTokens = bench.quick ? 24 : replyTokens;
  const server = await bench.server({ models: [model], flags: { contextTokens } });
  const peer = await bench.peer(model, { parallel: 16, contextTokens });
  const sides = [
    { name: "Cria", url: server.url, modelId: model.id },
    ...(peer === undefined ? [] : [{ name: "peer", ...peer }]),
  ];
  for (const count of counts) {
    const cell = (side: string, figure: string) => `${model.name}, ${count} users, ${side}: ${figure}`;
    await interleave(
      bench.rounds(30),
      sides.map(({ name, url, modelId }) => ({
        name,
        async run(round) {
          const records = await client.run(
            Array.from({ length: count }, (_, connection) => ({
              protocol: "openai" as const,
              url,
              modelId,
              prompt: bench.freshPrompt(model, promptTokens),
              maxTokens,
              connection,
              cachePrompt: false,
            })),
          );
          const figures = records.map(streamFigures);
          if (round < 0) return;
          recorder.add(cell(name, "all together"), "tok/s", aggregateTokensPerSecond(records));
          recorder.add(
            cell(name, "time to first token"),
            "ms",
            figures.map(({ ttftMs }) => ttftMs),
          );
          recorder.add(
            cell(name, "gap"),
            "ms",
            figures.flatMap(({ gapsMs }) => gapsMs),
          );
          recorder.add(cell(name, "fairness"), "×", jainIndex(figures.map(({ tokensPerSecond }) => tokensPerSecond)));
        },
      })),
      recorder,
    );
    const ratio = `${model.name}, ${count} users: Cria / peer`;
    recorder.ratio(ratio, cell("Cria", "all together"), cell("peer", "all together"));
    if (count >= 8 && model.name !== "15M") recorder.goal("issue 6", ratio, "p50", "≥", 1);
  }
}
