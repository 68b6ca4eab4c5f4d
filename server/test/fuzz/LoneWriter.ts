import { join } from "node:path";
import { resolveSampling } from "../../chat/resolveSampling.js";
import { packagePath } from "../../platform/paths.js";
import type { FullSampling } from "../../protocol/sampling.js";
import { Engine, type Token } from "../../workers/child/engine.js";
import { Lanes } from "../../workers/child/Lanes.js";
import { runGeneration } from "../../workers/child/runGeneration.js";

/** No reply is longer. */
export const mostTokens = 24;

/** How a reply is written whose every token its prompt decides. */
export function decided(maxTokens: number): FullSampling {
  return resolveSampling({ temperature: 0, repeatPenalty: 1, ignoreEos: true, maxTokens });
}

/** The demo model, small and fast, to be asked in this process. */
export function loadDemo(contextTokens: number, sequences: number): Promise<Engine> {
  const modelPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
  // Without flash attention, with which the size of a slice may change the last bit of a value.
  const options = { threads: 1, maxThreads: 1, gpu: "off" as const, flashAttention: "off" as const };
  return Engine.load({ modelPath, contextTokens, sequences, ...options }, {});
}

/** Writes what an engine writes to a prompt that is the only one it has, and reads from its beginning. */
export class LoneWriter {
  readonly #engine: Engine;
  readonly #lanes: Lanes;
  readonly #written = new Map<string, string>();

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#lanes = new Lanes(engine, engine.batcher, undefined);
  }

  static async start(contextTokens: number): Promise<LoneWriter> {
    return new LoneWriter(await loadDemo(contextTokens, 1));
  }

  /** The longest reply there is; what was asked for before is not written again. */
  async write(promptTokens: Token[], contextShift: boolean): Promise<string> {
    const key = `${contextShift} ${promptTokens.join()}`;
    const known = this.#written.get(key);
    if (known !== undefined) return known;
    let text = "";
    const { signal } = new AbortController();
    const asked = { generationId: "alone", client: "alone", owner: "alone", priority: "watched", signal } as const;
    await this.#lanes.use(
      { ...asked, promptTokens, conversationId: undefined, temporary: true, onPosition: () => {} },
      (lane) =>
        runGeneration(this.#engine, lane, {
          promptTokens,
          sampling: decided(mostTokens),
          reusePrefix: false,
          shared: this.#lanes.shared,
          contextShift,
          signal,
          onReading: () => {},
          onText: (piece) => {
            text += piece;
          },
        }),
    );
    this.#written.set(key, text);
    return text;
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
