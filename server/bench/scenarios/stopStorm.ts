import type { Scenario } from "../Bench.js";
import { streamFigures } from "../clients/streamFigures.js";
import { percentile } from "../statistics/percentile.js";

const streams = 8;
const replyTokens = 64;

/** Half of the users press Stop at some moment; the others must not notice. */
export const stopStorm: Scenario = {
  name: "stop-storm",
  title: "Half of 8 streams are stopped at random tokens",
  async run(bench, recorder) {
    const client = await bench.client();
    for (const model of await bench.models(["110M", "1.1B"]))
      await bench.within(async () => {
        const server = await bench.server({ models: [model], flags: { contextTokens: 512 } });
        const maxTokens = bench.quick ? 24 : replyTokens;
        // Four stops come of every round.
        for (let round = -1; round < (bench.quick ? 1 : 10); round++) {
          const requests = Array.from({ length: streams }, (_, connection) => ({
            protocol: "socket" as const,
            url: server.url,
            modelId: model.id,
            prompt: bench.freshPrompt(model, 20),
            maxTokens,
            connection,
            ...(connection % 2 === 0
              ? { stopAfterPieces: 2 + ((connection * 7 + (round + 1) * 5) % (maxTokens - 6)) }
              : {}),
          }));
          const records = await client.run(requests);
          for (const record of records) {
            const { interTokenMs } = streamFigures(record);
            if (record.stopMs === undefined) {
              if (record.generatedTokens !== maxTokens || record.stopReason !== "length")
                throw new Error(`a reply that nobody stopped ended with "${record.stopReason}"`);
              continue;
            }
            const idleMs = await server.idleAtMs(record.generationId ?? "");
            if (round < 0) continue;
            const tokenMs = percentile(
              interTokenMs.sort((a, b) => a - b),
              50,
            );
            recorder.add(`${model.name}: a token`, "ms", tokenMs);
            recorder.add(`${model.name}: until the engine is free`, "ms", idleMs - record.stopMs);
            recorder.add(`${model.name}: … beyond one token`, "ms", Math.max(0, idleMs - record.stopMs - tokenMs));
          }
        }
        recorder.goal("issue 6", `${model.name}: … beyond one token`, "p95", "≤", 20);
      });
  },
};
