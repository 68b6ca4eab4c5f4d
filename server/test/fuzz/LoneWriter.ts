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

/**
 * Two tokens of which the less probable one has at least so much of the other's probability are as good as each other: the engine adds up
 * in another order where a token is computed alone (as a reply's are) than where it is read among others. Measured on one prompt of 267
 * tokens: 1.008 for two words when it was read in slices of whatever size, beside others or not, and 0.997 with its end one by one.
 */
const evenShare = 0.9;

interface Written {
  readonly text: string;
  /** For each piece of the text, where it begins and what else could have stood there. */
  readonly choices: readonly { at: number; top: readonly { text: string; probability: number }[] }[];
}

/** Writes what an engine writes to a prompt that is the only one it has, and reads from its beginning. */
export class LoneWriter {
  readonly #engine: Engine;
  readonly #lanes: Lanes;
  readonly #written = new Map<string, Written>();

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#lanes = new Lanes(engine, engine.batcher, undefined);
  }

  static async start(contextTokens: number): Promise<LoneWriter> {
    return new LoneWriter(await loadDemo(contextTokens, 1));
  }

  /**
   * Undefined: the reply, or its beginning, is what comes of the prompt alone, up to where another word would have been as good. Else what
   * would have been written.
   */
  async differs(reply: string, promptTokens: Token[], contextShift: boolean): Promise<string | undefined> {
    const { text, choices } = await this.#write(promptTokens, contextShift);
    if (text.startsWith(reply)) return undefined;
    const choice = choices.findLast(({ at }) => text.slice(0, at) === reply.slice(0, at));
    const [best] = choice?.top ?? [];
    if (choice === undefined || best === undefined) return text;
    const written = reply.slice(choice.at);
    const even = choice.top.filter(({ probability }) => probability >= evenShare * best.probability);
    return even.some((other) => written.startsWith(other.text) || other.text.startsWith(written)) ? undefined : text;
  }

  /** The longest reply there is; what was asked for before is not written again. */
  async #write(promptTokens: Token[], contextShift: boolean): Promise<Written> {
    const key = `${contextShift} ${promptTokens.join()}`;
    const known = this.#written.get(key);
    if (known !== undefined) return known;
    let text = "";
    const choices: Written["choices"][number][] = [];
    const { signal } = new AbortController();
    const asked = { generationId: "alone", client: "alone", owner: "alone", priority: "watched", signal } as const;
    await this.#lanes.use(
      { ...asked, promptTokens, reusePrefix: false, conversationId: undefined, temporary: true, onPosition: () => {} },
      (lane) =>
        runGeneration(this.#engine, lane, {
          promptTokens,
          sampling: { ...decided(mostTokens), alternatives: 4 },
          reusePrefix: false,
          shared: this.#lanes.shared,
          contextShift,
          signal,
          onReading: () => {},
          onText: (piece, _count, tokens) => {
            choices.push({ at: text.length, top: tokens?.[0]?.top ?? [] });
            text += piece;
          },
        }),
    );
    const written = { text, choices };
    this.#written.set(key, written);
    return written;
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
