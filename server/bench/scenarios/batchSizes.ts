import type { Scenario } from "../Bench.js";
import { readStatus } from "../readStatus.js";

/** While N replies are being written, the engine should decode N sequences in every batch: what is left out costs throughput. */
export const batchSizes: Scenario = {
  name: "batches",
  title: "Sequences per batch while N replies are being written",
  async run(bench, recorder) {
    const client = await bench.client();
    for (const model of await bench.models(["110M", "1.1B"]))
      await bench.within(async () => {
        const maxTokens = 120;
        const server = await bench.server({ models: [model], flags: { contextTokens: 512 } });
        for (const count of bench.quick ? [4] : [2, 4, 8, 16])
          for (let round = -1; round < bench.rounds(30, 1); round++) {
            const running = client.run(
              Array.from({ length: count }, (_, connection) => ({
                protocol: "socket" as const,
                url: server.url,
                modelId: model.id,
                prompt: bench.freshPrompt(model, 20),
                maxTokens,
                connection,
              })),
            );
            let over = false;
            const end = running.finally(() => {
              over = true;
            });
            const steady = await watch(server.url, count, maxTokens, () => over);
            await end;
            if (round < 0 || steady === undefined) continue;
            recorder.add(`${model.name}, ${count} replies: batches of ${count}`, "%", steady * 100);
          }
        for (const count of [2, 4, 8, 16])
          recorder.goal("issue 6", `${model.name}, ${count} replies: batches of ${count}`, "p50", "≥", 95);
      });
  },
};

/** The share of full batches from when all answer until the first is near its end; `undefined` when that was too short to see. */
async function watch(
  url: string,
  count: number,
  maxTokens: number,
  isOver: () => boolean,
): Promise<number | undefined> {
  let before: Map<number, number> | undefined;
  let share: number | undefined;
  while (!isOver()) {
    const { generations, models } = await readStatus(url);
    const answering = generations.filter(({ phase, generatedTokens }) => phase === "answering" && generatedTokens > 0);
    const batches = models[0]?.batches;
    if (batches !== undefined && answering.length === count) {
      const now = new Map(batches.map(({ sequences, count: batchCount }) => [sequences, batchCount]));
      if (before === undefined) before = now;
      else share = fullShare(before, now, count) ?? share;
    }
    const begunToEnd = before !== undefined && answering.length < count;
    if (begunToEnd || answering.some(({ generatedTokens }) => generatedTokens > maxTokens * 0.9)) return share;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return share;
}

function fullShare(before: Map<number, number>, now: Map<number, number>, count: number): number | undefined {
  const grown = [...now].map(([sequences, total]) => ({ sequences, batches: total - (before.get(sequences) ?? 0) }));
  const all = grown.reduce((sum, { batches }) => sum + batches, 0);
  return all === 0 ? undefined : (grown.find(({ sequences }) => sequences === count)?.batches ?? 0) / all;
}
