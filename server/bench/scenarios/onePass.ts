import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { convertModel } from "../../install/convertModel.js";
import type { Quantization } from "../../protocol/install.js";
import { openCheckpoint } from "../../weights/openCheckpoint.js";
import { quantizeGguf } from "../../weights/quantize/quantizeGguf.js";
import type { Scenario } from "../Bench.js";
import { randomCheckpoint } from "../benchCheckpoint.js";
import { interleave } from "../interleave.js";

const types: readonly Quantization[] = ["Q4_0", "Q4_K_M"];

/** A checkpoint that is converted and quantized in one pass, and one whose F16 file is written first and quantized then. */
export const onePass: Scenario = {
  name: "one-pass",
  title: "Convert and quantize: in one pass beside an F16 file in between",
  async run(bench, recorder) {
    const threadCount = bench.options.threads;
    const folder = await bench.temporaryFolder();
    const [between, result] = [join(folder, "f16.gguf"), join(folder, "result.gguf")];
    for (const size of bench.sizes("1.1B")) {
      const checkpoint = await randomCheckpoint(size);
      const convert = async (path: string, type: Quantization) => {
        const model = await openCheckpoint(checkpoint, { name: size });
        try {
          await rename((await convertModel(model, path, type, { threadCount })).partialPath, path);
        } finally {
          await model.source.close();
        }
      };
      for (const type of types) {
        bench.progress(`${size} to ${type}`);
        const cell = (what: string) => `${size} to ${type}: ${what}`;
        const variant = (name: string, work: () => Promise<unknown>) => ({
          name,
          run: async (round: number) => {
            for (const path of [between, result]) await rm(path, { force: true });
            const startMs = performance.now();
            await work();
            if (round >= 0) recorder.add(cell(name), "ms", performance.now() - startMs);
          },
        });
        await interleave(
          bench.rounds(5, 2, 5),
          [
            variant("in one pass", () => convert(result, type)),
            variant("F16 file, then quantized", async () => {
              await convert(between, "F16");
              await quantizeGguf(between, result, type, { threadCount });
            }),
          ],
          recorder,
        );
        recorder.ratio(cell("one pass / two"), cell("in one pass"), cell("F16 file, then quantized"));
        recorder.goal("issue 3", cell("one pass / two"), "p50", "<", 1);
      }
    }
  },
};
