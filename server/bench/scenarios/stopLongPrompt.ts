import type { Bench, Scenario } from "../Bench.js";
import type { Recorder } from "../Recorder.js";

const promptTokens = 1500;

/** Stop while the model reads a long prompt: until the client is told, and until the engine itself is free. */
export const stopLongPrompt: Scenario = {
  name: "stop-prompt",
  title: `Stop during a prompt of ${promptTokens} tokens`,
  async run(bench: Bench, recorder: Recorder) {
    const client = await bench.client();
    for (const model of await bench.models(["1.1B"], "110M")) {
      const server = await bench.server({ models: [model] });
      for (let round = -1; round < bench.rounds(30); round++) {
        const [record] = await client.run([
          {
            protocol: "socket",
            url: server.url,
            modelId: model.id,
            prompt: bench.freshPrompt(model, promptTokens),
            maxTokens: 8,
            connection: 0,
            // Anywhere in the first two thirds, so that the slices of every size are met.
            stopAtReadTokens: Math.round(((round + 1) % 10) * (promptTokens / 15)) + 1,
          },
        ]);
        if (record?.generationId === undefined) throw new Error(`nothing was generated: ${record?.error}`);
        const idleMs = await server.idleAtMs(record.generationId);
        if (round < 0) continue;
        if (record.stopMs === undefined || record.stopReason !== "stopped") {
          recorder.note(`${model.name}: a prompt was read before Stop could be pressed`);
          continue;
        }
        recorder.add(`${model.name}: until the client knows`, "ms", record.endMs - record.stopMs);
        recorder.add(`${model.name}: until the engine is idle`, "ms", idleMs - record.stopMs);
      }
      recorder.goal("issue 2", `${model.name}: until the engine is idle`, "max", "≤", 1500);
    }
  },
};
