import type { CAC } from "cac";
import type { QuantizeFlags } from "./runQuantize.js";
import { untilInterrupted } from "./untilInterrupted.js";

/** `cria quantize <in.gguf> <out.gguf> <TYPE>`: what llama.cpp's `llama-quantize` does, byte for byte. */
export function registerQuantize(cli: CAC): void {
  cli
    .command("quantize <in> <out> <type>", "Quantize a GGUF file")
    .option("--threads <number>", "Threads (all cores)")
    .option("--requantize", "Also take a file that is quantized already, which loses quality twice")
    .option("--force", "Overwrite the file")
    .option("--json", "Print one event a line")
    .action((input: string, out: string, type: string, flags: QuantizeFlags) =>
      untilInterrupted(async (signal) => {
        const { runQuantize } = await import("./runQuantize.js");
        await runQuantize(String(input), String(out), String(type), flags, signal);
      }),
    );
}
