import { resolve } from "node:path";
import { formatBytes } from "../../install/formatBytes.js";
import { AppError } from "../../platform/AppError.js";
import { quantizeGguf } from "../../weights/quantize/quantizeGguf.js";
import { printEvent } from "./InstallView.js";
import { refuseToOverwrite } from "./refuseToOverwrite.js";
import { readQuantization, readThreads } from "./runInstalls.js";
import { TaskBar } from "./TaskBar.js";

export interface QuantizeFlags {
  threads?: unknown;
  force?: boolean;
  requantize?: boolean;
  json?: boolean;
}

/** Does what `cria quantize` says. Throws what `quantizeGguf` throws. */
export async function runQuantize(
  input: string,
  out: string,
  type: string,
  flags: QuantizeFlags,
  signal: AbortSignal,
): Promise<void> {
  const quantization = readQuantization(type);
  if (quantization === undefined) throw new AppError("bad_request", "Say what to quantize to.");
  const outPath = resolve(out);
  await refuseToOverwrite(outPath, flags.force === true);
  const bar = new TaskBar(flags.json === true);
  try {
    const { sizeBytes, choices } = await quantizeGguf(resolve(input), outPath, quantization, {
      threadCount: readThreads(flags.threads),
      allowRequantize: flags.requantize === true,
      signal,
      onProgress: ({ bytesWritten, sizeBytes: total }) =>
        bar.show(`Quantizing to ${quantization}`, bytesWritten, total),
    });
    bar.end();
    const others = [...choices].filter(([, choice]) => choice.insteadOf !== undefined);
    if (flags.json === true)
      printEvent({ event: "quantized", path: outPath, sizeBytes, instead: Object.fromEntries(others) });
    else {
      for (const [name, { type: taken, insteadOf }] of others)
        console.log(`${name}: ${taken} instead of ${insteadOf}, because of its row length`);
      console.log(`${outPath}: ${formatBytes(sizeBytes)}`);
    }
  } finally {
    bar.end();
  }
}
