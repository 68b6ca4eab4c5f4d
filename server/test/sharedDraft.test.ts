import { join } from "node:path";
import { LlamaContextSequence, LlamaModel } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { resolveSampling } from "../chat/resolveSampling.js";
import { packagePath } from "../platform/paths.js";
import { randomId } from "../platform/randomId.js";
import type { DraftModel } from "../workers/child/DraftModel.js";
import { Engine } from "../workers/child/engine.js";
import { Lanes } from "../workers/child/Lanes.js";
import { runGeneration } from "../workers/child/runGeneration.js";
import type { LoadOptions } from "../workers/messages.js";

const modelPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
const held = { modelPath, contextTokens: 512, maxThreads: 1 };
/** The model that ships guesses for itself. */
const options: LoadOptions = {
  ...held,
  sequences: 2,
  threads: 1,
  flashAttention: "on",
  gpu: "off",
  draft: { ...held, guessTokens: 4, restless: true },
};

/** Begins a reply in this very process, where the draft can be watched. */
async function write(engine: Engine, lanes: Lanes, text: string, owner: string) {
  const promptTokens = engine.tokenize([{ text, special: false }]);
  const { signal } = new AbortController();
  const sampling = resolveSampling({ temperature: 0, repeatPenalty: 1, maxTokens: 40, ignoreEos: true });
  const pieces: string[] = [];
  const job = { generationId: randomId(), client: owner, owner, priority: "watched", promptTokens, signal } as const;
  const outcome = await lanes.use(
    { ...job, reusePrefix: false, conversationId: undefined, temporary: false, onPosition: () => {} },
    (lane) =>
      runGeneration(engine, lane, {
        promptTokens,
        sampling,
        reusePrefix: false,
        shared: lanes.shared,
        contextShift: false,
        signal,
        onReading: () => {},
        onText: (piece) => pieces.push(piece),
      }),
  );
  return { text: pieces.join(""), guessedTokens: outcome?.stats.guessedTokens ?? 0 };
}

describe("a draft that several replies share", () => {
  let engine: Engine;
  let draft: DraftModel;
  let lanes: Lanes;
  const dog = "Once upon a time there was a dog who ";
  const girl = "In the garden a girl found a red ball and ";
  beforeAll(async () => {
    engine = await Engine.load(options, {});
    if (engine.draft === undefined) throw new Error(engine.info.draftFailure);
    draft = engine.draft;
    lanes = new Lanes(engine, engine.batcher, undefined);
  });
  afterAll(() => engine.close());

  it("reads what it has not read yet in whole tiles, what does not fill one first", async () => {
    const text = engine.tokenize([{ text: dog.repeat(60), special: false }]).slice(0, 391);
    await draft.follow(text, "alice");
    const read = vi.spyOn(LlamaContextSequence.prototype, "evaluateWithoutGeneratingNewTokens");
    try {
      // As much as it likes.
      while (draft.mustRead) await draft.read(1e9);
      const [first = 0, ...others] = read.mock.calls.map(([slice]) => slice.length);
      expect(first).toBe((text.length - 1) % 64);
      for (const slice of others) expect(slice % 64).toBe(0);
      expect(first + others.reduce((sum, slice) => sum + slice, 0)).toBe(text.length - 1);
    } finally {
      read.mockRestore();
      await draft.forget();
    }
  });

  it.each(["alice", "bob"])(
    "guesses for none while another is written, guessed or not (the other's owner: %s)",
    async (owner) => {
      const alone = { dog: await write(engine, lanes, dog, "alice"), girl: await write(engine, lanes, girl, owner) };
      expect(alone.girl.guessedTokens).toBeGreaterThan(0);
      const guess = draft.guess.bind(draft);
      let other: ReturnType<typeof write> | undefined;
      const plain = vi.spyOn(draft.pace, "plain");
      let plainTokens: number | undefined;
      const watched = vi.spyOn(draft, "guess").mockImplementation(async (...asked) => {
        // The other reply is written from its first token to its last within this one guess.
        if (other === undefined) {
          const before = plain.mock.calls.length;
          other = write(engine, lanes, girl, owner);
          await other;
          plainTokens = plain.mock.calls.length - before;
        }
        return guess(...asked);
      });
      try {
        const first = await write(engine, lanes, dog, "alice");
        expect(await other).toEqual({ text: alone.girl.text, guessedTokens: 0 });
        expect(first).toEqual(alone.dog);
        // Neither what is shared with another reply nor what comes with the prompt tells how long a token takes alone.
        expect(plainTokens).toBe(0);
      } finally {
        watched.mockRestore();
        plain.mockRestore();
      }
    },
  );
});

describe("a draft that fails", () => {
  const text = "Once upon a time there was a dog who ";

  it("while its context is made is freed, and the model writes without it", async () => {
    const make = LlamaModel.prototype.createContext;
    let weights: LlamaModel | undefined;
    const making = vi.spyOn(LlamaModel.prototype, "createContext").mockImplementation(function (
      this: LlamaModel,
      given,
    ) {
      if (making.mock.calls.length === 1) return make.call(this, given);
      weights = this;
      return Promise.reject(new Error("no memory left"));
    });
    const onDraftFailed = vi.fn();
    const engine = await Engine.load(options, { onDraftFailed });
    try {
      expect(engine.draft).toBeUndefined();
      expect(engine.info.draftFailure).toContain("no memory left");
      expect(weights?.disposed).toBe(true);
      expect((await write(engine, new Lanes(engine, engine.batcher, undefined), text, "alice")).guessedTokens).toBe(0);
      expect(onDraftFailed).not.toHaveBeenCalled();
    } finally {
      making.mockRestore();
      await engine.close();
    }
  });

  it("while a reply is written is freed, says so once, and changes nothing of any reply", async () => {
    const createContext = vi.spyOn(LlamaModel.prototype, "createContext");
    let whenTold = (_reason: string) => {};
    const told = new Promise<string>((resolve) => (whenTold = resolve));
    let freedBefore: boolean | undefined;
    const onDraftFailed = vi.fn((reason: string) => {
      freedBefore = weights.disposed;
      whenTold(reason);
    });
    const engine = await Engine.load(options, { onDraftFailed });
    const weights = createContext.mock.contexts[1] as LlamaModel;
    createContext.mockRestore();
    try {
      const lanes = new Lanes(engine, engine.batcher, undefined);
      const expected = await write(engine, lanes, text, "alice");
      let beside: ReturnType<typeof write> | undefined;
      vi.spyOn(engine, "sampleDraft").mockImplementation(() => {
        // This one has the draft, too, and asks it for guesses when it is the only one that is left.
        beside ??= write(engine, lanes, text, "bob");
        throw new Error("no such device");
      });
      expect(weights.disposed).toBe(false);
      const plain = { text: expected.text, guessedTokens: 0 };
      expect(await write(engine, lanes, text, "alice")).toEqual(plain);
      expect(await beside).toEqual(plain);
      expect(await told).toBe("no such device");
      expect(freedBefore).toBe(true);
      expect(engine.draft).toBeUndefined();
      expect(await write(engine, lanes, text, "bob")).toEqual(plain);
      expect(onDraftFailed.mock.calls).toEqual([["no such device"]]);
      expect(engine.info.draftFailure).toBe("no such device");
    } finally {
      await engine.close();
    }
  });
});
