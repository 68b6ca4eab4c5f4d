import type { EngineHardware } from "../messages.js";

/** The part of node-llama-cpp's `Llama` that knows the machine. */
interface HardwareSource {
  readonly gpu: string | false;
  readonly systemInfo: string;
  getGpuDeviceNames(): Promise<string[]>;
  getVramState(): Promise<{ total: number }>;
}

/** `systemInfo` reads `CPU : SSE3 = 1 | AVX2 = 1 | …`; features that are off are left out of it or 0. */
export async function hardwareOf(llama: HardwareSource): Promise<EngineHardware> {
  const cpuFeatures = [...llama.systemInfo.matchAll(/(\w+) = 1\b/g)].map(([, name = ""]) => name);
  if (llama.gpu === false) return { cpuFeatures, gpuNames: [], gpuMemoryBytes: 0 };
  return {
    cpuFeatures,
    gpuNames: await llama.getGpuDeviceNames(),
    gpuMemoryBytes: (await llama.getVramState()).total,
  };
}
