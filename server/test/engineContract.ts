import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveSampling } from "../chat/resolveSampling.js";
import type { AppError } from "../platform/AppError.js";
import { randomId } from "../platform/randomId.js";
import type { PromptTurn } from "../prompts/PromptTurn.js";
import type { Sampling } from "../protocol/sampling.js";
import type { Engine, ReadyModel } from "../workers/Engine.js";
import type { PromptInput, WorkerMessage } from "../workers/messages.js";

/** An engine that has the demo model, and what has to be cleaned up behind it. */
export interface EngineUnderTest<Model extends { id: string }> {
  engine: Engine<Model>;
  demo: Model;
  /** Tokens of the demo model's context here. */
  contextTokens: number;
  close(): Promise<void>;
}

export interface Outcome {
  pieces: string[];
  done: WorkerMessage & { type: "done" };
}

/** Runs one generation; `onText` may stop it. Rejects with the error that it ended with, which has the text so far. */
export function generate(
  model: ReadyModel,
  input: PromptInput,
  sampling: Sampling,
  onText: (text: string, stop: () => void) => void = () => {},
): Promise<Outcome> {
  const id = randomId();
  const job = { id, input, client: id, owner: "local", priority: "watched", options: {} } as const;
  return new Promise((resolve, reject) => {
    const pieces: string[] = [];
    let ended = false;
    const end = (settle: () => void) => {
      if (ended) reject(new Error("it ended twice"));
      ended = true;
      settle();
    };
    model.generate(
      { ...job, sampling: resolveSampling({ temperature: 0, repeatPenalty: 1, ...sampling }) },
      {
        queued: () => {},
        reading: () => {},
        text: (text) => {
          if (ended) reject(new Error("text came after the end"));
          pieces.push(text);
          onText(text, () => model.stop(id));
        },
        done: (message) => end(() => resolve({ pieces, done: message })),
        failed: (error) => end(() => reject(Object.assign(error, { textSoFar: pieces.join("") }))),
      },
    );
  });
}

const story = { text: "Once upon a time" };
const asked: PromptTurn = { role: "user", content: "Who are you?" };
const question: PromptInput = { turns: [asked], format: "alpaca" };
const storyStart = ", there was a little girl named Lily";

/** What every engine keeps to, shown on the demo model. */
export function describeEngine<Model extends { id: string }>(
  name: string,
  open: () => Promise<EngineUnderTest<Model>>,
): void {
  describe(`${name} keeps the contract of engines`, () => {
    let tested: EngineUnderTest<Model>;
    let model: ReadyModel;
    beforeAll(async () => {
      tested = await open();
      model = await tested.engine.acquire(tested.demo, () => {});
    });
    afterAll(() => tested.close());

    it("says that a model is ready, and how much it holds", () => {
      expect(tested.engine.state(tested.demo.id)).toEqual({ state: "ready" });
      expect(model.info?.contextTokens).toBe(tested.contextTokens);
    });

    it("goes on with a text, piece by piece, up to the limit", async () => {
      const { pieces, done } = await generate(model, story, { maxTokens: 8 });
      expect(pieces.join("")).toBe(storyStart);
      expect(pieces.length).toBeGreaterThan(1);
      expect(done).toMatchObject({ stopReason: "length", stats: { generatedTokens: 8 } });
      expect(done.stats.promptTokens).toBeGreaterThan(0);
    });

    it("answers a chat in the model's own prompt format, to its own end", async () => {
      const { pieces, done } = await generate(model, question, { maxTokens: 60 });
      expect(pieces.join("").trim()).toMatch(/^I am a tiny demo model\..*\.$/);
      expect(done.stopReason).toBe("end");
    });

    it("goes on with a reply that was begun", async () => {
      const turns: PromptTurn[] = [asked, { role: "assistant", content: "I am a tiny" }];
      const { pieces } = await generate(model, { turns, format: "alpaca" }, { maxTokens: 20 });
      expect(pieces.join("")).toMatch(/^ demo model\./);
    });

    it("ends before a stop string", async () => {
      const { pieces } = await generate(model, story, { maxTokens: 40, stop: [" girl"] });
      expect(pieces.join("")).toBe(", there was a little");
    });

    it("stops when it is told to, keeps what came and makes nothing more", async () => {
      const { pieces, done } = await generate(model, story, { maxTokens: 400, ignoreEos: true }, (_, stop) => stop());
      expect(done.stopReason).toBe("stopped");
      expect(pieces.join("").length).toBeGreaterThan(0);
      expect(pieces.length).toBeLessThan(200);
    });

    it("keeps two replies apart", async () => {
      const [one, other] = await Promise.all([
        generate(model, story, { maxTokens: 8 }),
        generate(model, question, { maxTokens: 60 }),
      ]);
      expect(one.pieces.join("")).toBe(storyStart);
      expect(other.pieces.join("")).toMatch(/^I am/);
    });

    it("follows a grammar", async () => {
      const { pieces } = await generate(model, question, { maxTokens: 20, grammar: 'root ::= "yes" | "no"' });
      expect(["yes", "no"]).toContain(pieces.join(""));
    });

    it("refuses a prompt that its context does not hold", async () => {
      const long = { text: "Once upon a time there was a girl. ".repeat(200) };
      const error = (await generate(model, long, { maxTokens: 8 }).catch((thrown: unknown) => thrown)) as AppError;
      expect(error.code).toBe("context_full");
    });

    it("counts tokens, at least as many as there are", async () => {
      const { done } = await generate(model, story, { maxTokens: 1 });
      expect(await model.countTokens(story)).toBeGreaterThanOrEqual(done.stats.promptTokens);
      expect(await model.countTokens({ text: `${story.text} and again` })).toBeGreaterThan(
        await model.countTokens(story),
      );
    });

    it("embeds a text as a vector of length 1", async () => {
      const { vector } = await model.embed({ text: "A dog" });
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
      expect((await model.embed({ text: "A dog" })).vector).toEqual(vector);
      expect((await model.embed({ text: "Rain" })).vector).not.toEqual(vector);
    });

    it("ends what runs when it is closed, and is not asked again", async () => {
      const running = generate(model, story, { maxTokens: 400, ignoreEos: true }, () => {
        void tested.engine.close();
      });
      expect((await running).done.stopReason).toBe("stopped");
      await expect(tested.engine.acquire(tested.demo, () => {})).rejects.toMatchObject({ code: "server_closing" });
    });
  });
}
