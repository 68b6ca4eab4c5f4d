import { existsSync } from "node:fs";
import { formatBytes } from "../../install/formatBytes.js";
import type { InstalledModel } from "../../models/ModelRegistry.js";
import { AppError } from "../../platform/AppError.js";
import type { Config } from "../../platform/config.js";
import type { Logger } from "../../platform/logger.js";
import { inspectGguf } from "../../weights/gguf/inspectGguf.js";
import { ModelWorker, type WorkerParts } from "../../workers/ModelWorker.js";
import type { LoadedModelInfo } from "../../workers/messages.js";
import { type Finding, ok, problem, warning } from "./Finding.js";

/** Files that NVIDIA's and AMD's drivers for computing make on Linux. */
const gpuFiles = ["/proc/driver/nvidia/version", "/dev/kfd"];

/**
 * Loads the demo model as the server does, in a process of its own: the engine's binary, the processor's vector instructions that it
 * can use, and the GPU.
 */
export async function checkEngine(
  demo: InstalledModel,
  gpu: Config["gpu"],
  logger: Logger,
  parts: WorkerParts = {},
): Promise<Finding[]> {
  const worker = new ModelWorker(demo.id, logger, parts);
  try {
    await inspectGguf(demo.weightsPath);
    const info = await worker.load(
      { modelPath: demo.weightsPath, contextTokens: 256, sequences: 1, threads: 1, maxThreads: 1, gpu },
      () => {},
    );
    return [
      ok("engine", `loads a model, built for ${process.platform} ${process.arch}`),
      describeProcessor(info.hardware?.cpuFeatures ?? []),
      describeGpu(info, gpu),
    ];
  } catch (error) {
    return [problem("engine", AppError.from(error).message, engineHint)];
  } finally {
    await worker.close();
  }
}

const engineHint =
  "Install Cria again, with optional dependencies (npm install --include=optional): the engine's binary is one of them, and it is made for one system and processor.";

function describeProcessor(features: readonly string[]): Finding {
  const list = features.join(" ");
  if (process.arch !== "x64") return ok("processor", list === "" ? process.arch : `${process.arch}: ${list}`);
  return features.includes("AVX2")
    ? ok("processor", list)
    : warning(
        "processor",
        `It has no AVX2${list === "" ? "" : `, only ${list}`}: models answer several times slower than they could.`,
        "In a virtual machine, give it the host's processor type; otherwise choose small models.",
      );
}

function describeGpu({ gpu, hardware }: LoadedModelInfo, wanted: Config["gpu"]): Finding {
  if (gpu !== false) {
    const names = hardware?.gpuNames.join(", ") || "a GPU";
    return ok("gpu", `${names} over ${gpu}, ${formatBytes(hardware?.gpuMemoryBytes ?? 0)} of memory`);
  }
  if (wanted === "off") return ok("gpu", "not used, as CRIA_GPU says");
  return gpuFiles.some((path) => existsSync(path))
    ? warning(
        "gpu",
        "There is a GPU with a driver for computing, but the engine cannot use it: models run on the processor.",
        "Update its driver: the engine reaches GPUs over CUDA, Vulkan (which needs libvulkan1) or Metal.",
      )
    : ok("gpu", "none: models run on the processor");
}
