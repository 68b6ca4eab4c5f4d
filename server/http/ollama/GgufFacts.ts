import type { InstalledModel } from "../../models/ModelRegistry.js";
import type { GgufValue } from "../../weights/gguf/GgufValue.js";
import { inspectGguf } from "../../weights/gguf/inspectGguf.js";

/** What a model's file says of itself, without its lists. */
export interface FileFacts {
  architecture: string;
  parameterCount: number;
  quantization: string | undefined;
  /** The file's metadata as JSON has it; lists, such as the vocabulary, are null. */
  metadata: ReadonlyMap<string, unknown>;
}

interface Known {
  /** Changes when the model is installed anew. */
  stamp: string;
  facts: Promise<FileFacts>;
}

/** Reads the header of each installed model once, and again only when the model is another one than before. */
export class GgufFacts {
  readonly #byPath = new Map<string, Known>();

  /** Undefined when the file cannot be read now, or is no model. */
  async of(model: InstalledModel): Promise<FileFacts | undefined> {
    const stamp = `${model.sha256} ${model.sizeBytes} ${model.installedAtMs}`;
    let known = this.#byPath.get(model.weightsPath);
    if (known?.stamp !== stamp) {
      known = { stamp, facts: readFacts(model.weightsPath) };
      this.#byPath.set(model.weightsPath, known);
    }
    try {
      return await known.facts;
    } catch {
      // Whoever asks next looks again.
      if (this.#byPath.get(model.weightsPath) === known) this.#byPath.delete(model.weightsPath);
      return undefined;
    }
  }

  /** Forgets models that are not there any more. */
  keepOnly(models: readonly InstalledModel[]): void {
    const there = new Set(models.map(({ weightsPath }) => weightsPath));
    for (const path of [...this.#byPath.keys()].filter((one) => !there.has(one))) this.#byPath.delete(path);
  }
}

async function readFacts(weightsPath: string): Promise<FileFacts> {
  const { index, summary } = await inspectGguf(weightsPath);
  const { architecture, parameterCount, quantization } = summary;
  const metadata = new Map([...index.metadata].map(([key, value]) => [key, plainValue(value, false)]));
  return { architecture, parameterCount, quantization, metadata };
}

/** A metadata value as JSON has it; lists are null where `lists` is false. */
export function plainValue(value: GgufValue, lists: boolean): unknown {
  if (value.type === "array") return lists ? Array.from<unknown>(value.value).map(plainNumber) : null;
  return plainNumber(value.value);
}

/** JSON has no 64-bit integers. */
function plainNumber(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
