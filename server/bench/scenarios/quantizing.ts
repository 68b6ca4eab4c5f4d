import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Quantization } from "../../protocol/install.js";
import { ggufFileTypes } from "../../weights/gguf/fileTypes.js";
import { startReferenceQuantizer } from "../../weights/quantize/fixtures/llamaModelQuantize.js";
import { quantizeGguf } from "../../weights/quantize/quantizeGguf.js";
import type { Scenario } from "../Bench.js";
import { randomF16Model } from "../benchCheckpoint.js";
import { interleave } from "../interleave.js";

/** A simple type, and a mixture of block types that are searched for. */
const types: readonly Quantization[] = ["Q4_0", "Q8_0", "Q4_K_M"];

/** An F16 file that is quantized by Cria and by llama.cpp's own quantizer, with the same threads. */
export const quantizing: Scenario = {
  name: "quantize",
  title: "Quantizing: Cria beside llama_model_quantize",
  async run(bench, recorder) {
    const { threads } = bench.options;
    const reference = startReferenceQuantizer();
    bench.defer(() => Promise.resolve(reference.close()));
    const folder = await bench.temporaryFolder();
    const [ours, theirs] = [join(folder, "ours.gguf"), join(folder, "theirs.gguf")];
    for (const size of bench.sizes("1.1B")) {
      const input = await randomF16Model(size);
      for (const type of types) {
        bench.progress(`${size} to ${type}`);
        const cell = (who: string) => `${size} to ${type}: ${who}`;
        await interleave(
          bench.rounds(5, 2, 5),
          [
            {
              name: "Cria",
              run: async (round) => {
                await rm(ours, { force: true });
                const startMs = performance.now();
                await quantizeGguf(input, ours, type, { threadCount: threads });
                if (round >= 0) recorder.add(cell("Cria"), "ms", performance.now() - startMs);
              },
            },
            {
              name: "llama_model_quantize",
              run: async (round) => {
                await rm(theirs, { force: true });
                const job = { input, output: theirs, fileType: ggufFileTypes[type], threadCount: threads };
                const { ok, durationMs, log } = await reference.quantize(job);
                if (!ok) throw new Error(log);
                if (round >= 0) recorder.add(cell("llama_model_quantize"), "ms", durationMs);
              },
            },
          ],
          recorder,
        );
        recorder.ratio(cell("speed, Cria / llama_model_quantize"), cell("llama_model_quantize"), cell("Cria"));
        recorder.goal("issue 3", cell("speed, Cria / llama_model_quantize"), "p50", "≥", 0.95);
      }
    }
  },
};
