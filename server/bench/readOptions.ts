import { parseArgs } from "node:util";
import { z } from "zod";
import { AppError } from "../platform/AppError.js";
import { usableCores } from "../platform/freeCores.js";

export interface BenchOptions {
  /** Scenarios to run; all of them when empty. */
  only: string[];
  /** Few samples and small models: shows that everything works, not how fast it is. */
  quick: boolean;
  /** Times that each thing is measured, in the place of what the scenario does by itself. */
  rounds?: number;
  /** Sizes of random models to keep to; all that a scenario asks for when empty. */
  sizes: string[];
  /** A GGUF to measure in the place of the random models. */
  modelPath?: string;
  /** The base address of a server that speaks OpenAI's protocol, to run beside Cria. */
  peerUrl?: string;
  /** How the peer calls its model; needed by servers that have several. */
  peerModelId?: string;
  /** A `llama-server` that the benchmark starts itself, on the same weights and with the same threads. */
  peerProgram?: string;
  /** Where the whole report goes, all samples included. */
  jsonPath?: string;
  /** Threads that every engine gets. */
  threads: number;
  /** Whether docs/benchmarks.md is rewritten. */
  writeDocs: boolean;
}

const positive = z.coerce.number().int().min(1).max(1024);

/** Throws `config_invalid`, naming the flag. */
export function readOptions(args: string[]): BenchOptions {
  const values = parse(args);
  const threads = positive.safeParse(values.threads ?? usableCores());
  if (!threads.success)
    throw new AppError("config_invalid", `--threads cannot be "${values.threads}".`, { hint: "Give a whole number." });
  const rounds = positive.optional().safeParse(values.rounds);
  if (!rounds.success)
    throw new AppError("config_invalid", `--rounds cannot be "${values.rounds}".`, { hint: "Give a whole number." });
  if (values.peer !== undefined && !URL.canParse(values.peer))
    throw new AppError("config_invalid", `--peer cannot be "${values.peer}".`, {
      hint: "Give an address, as http://127.0.0.1:8080",
    });
  return {
    only: list(values.only),
    sizes: list(values.sizes),
    quick: values.quick === true,
    threads: threads.data,
    writeDocs: values.docs === true,
    ...(rounds.data === undefined ? {} : { rounds: rounds.data }),
    ...(values.model === undefined ? {} : { modelPath: values.model }),
    ...(values.peer === undefined ? {} : { peerUrl: values.peer.replace(/\/+$/, "") }),
    ...(values["peer-model"] === undefined ? {} : { peerModelId: values["peer-model"] }),
    ...(values["peer-program"] === undefined ? {} : { peerProgram: values["peer-program"] }),
    ...(values.json === undefined ? {} : { jsonPath: values.json }),
  };
}

const list = (value: string | undefined) => (value ?? "").split(",").filter((name) => name !== "");

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: "string" },
        quick: { type: "boolean" },
        model: { type: "string" },
        peer: { type: "string" },
        "peer-model": { type: "string" },
        "peer-program": { type: "string" },
        sizes: { type: "string" },
        json: { type: "string" },
        threads: { type: "string" },
        rounds: { type: "string" },
        docs: { type: "boolean" },
      },
    }).values;
  } catch (cause) {
    throw new AppError("config_invalid", cause instanceof Error ? cause.message : String(cause), {
      hint: "docs/benchmarks.md says what there is.",
    });
  }
}
