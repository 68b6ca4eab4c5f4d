import type { CAC } from "cac";
import type { ConvertFlags } from "./runConvert.js";
import { untilInterrupted } from "./untilInterrupted.js";

/** `cria convert <source> <out.gguf>`: one GGUF file of any checkpoint, a weight difference or an adapter added to it. */
export function registerConvert(cli: CAC): void {
  cli
    .command("convert <source> <out>", "Make one GGUF file of a checkpoint: a folder, a file or owner/repository")
    .option("--quantize <type>", "What to quantize to (F16; what it is where it is quantized already)")
    .option("--add-diff <source>", "Add a weight difference, as Alpaca's")
    .option("--lora <source>", "Merge a LoRA adapter")
    .option("--threads <number>", "Threads for quantizing (all cores)")
    .option("--force", "Overwrite the file")
    .option("--json", "Print one event a line")
    .example("cria convert ./llama-7b alpaca.gguf --add-diff tatsu-lab/alpaca-7b-wdiff --quantize Q4_K_M")
    .action((source: string, out: string, flags: ConvertFlags) =>
      untilInterrupted(async (signal) => {
        const { runConvert } = await import("./runConvert.js");
        await runConvert(String(source), String(out), flags, signal);
      }),
    );
}
