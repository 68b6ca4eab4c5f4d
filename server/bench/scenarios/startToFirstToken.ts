import { demoModelId } from "../../models/ModelRegistry.js";
import type { Bench, Scenario } from "../Bench.js";
import { demoModel, installModel } from "../benchModels.js";
import { CriaProgram } from "../CriaProgram.js";
import { monotonicMs } from "../monotonicMs.js";
import type { Recorder } from "../Recorder.js";

/** From `cria serve` on the command line to the first token of a reply, on a home that has been used before. */
export const startToFirstToken: Scenario = {
  name: "start",
  title: "From the start of the program to the first token",
  async run(bench: Bench, recorder: Recorder) {
    const client = await bench.client();
    const shipped = { ...demoModel(), id: demoModelId };
    const models = bench.quick ? [shipped] : [shipped, ...(await bench.models(["1.1B"]))];
    const rounds = bench.rounds(30);
    for (const model of models) {
      const home = await bench.temporaryFolder();
      if (model !== shipped) await installModel(home, model);
      // The first start makes the home's folders and database; what people wait for again and again is the second.
      for (let round = -1; round < rounds; round++) {
        const startMs = monotonicMs();
        const cria = new CriaProgram(["serve", "--port", "0", "--no-open", "--home", home, "--gpu", "off"]);
        try {
          const url = await cria.url();
          const listeningMs = monotonicMs();
          const [record] = await client.run([
            {
              protocol: "chat",
              url,
              modelId: model.id,
              prompt: "Who are you?",
              maxTokens: 4,
              connection: 0,
            },
          ]);
          const firstMs = record?.arrivalsMs[0];
          if (firstMs === undefined) throw new Error(`no token came: ${record?.error}`);
          if (round < 0) continue;
          recorder.add(`${model.name}: until it listens`, "ms", listeningMs - startMs);
          recorder.add(`${model.name}: until the first token`, "ms", firstMs - startMs);
        } finally {
          await cria.close();
        }
      }
      if (model === shipped) recorder.goal("issue 2", `${model.name}: until the first token`, "p95", "≤", 5000);
    }
  },
};
