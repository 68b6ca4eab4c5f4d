import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveSampling } from "../chat/resolveSampling.js";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import type { Sampling } from "../protocol/sampling.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import type { LoadOptions, PromptInput } from "../workers/messages.js";
import { deriveModel } from "./deriveModel.js";
import { generateInWorker as generate } from "./generateInWorker.js";
import { temporaryHome } from "./TestServer.js";

const logger = createLogger("silent");
const demoPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
const greedy: Sampling = { temperature: 0, repeatPenalty: 1, maxTokens: 120 };
const asking = (content: string): PromptInput => ({ turns: [{ role: "user", content }], format: "alpaca" });
const story = asking("Tell me a short story about a dog.");
const poem = asking("Write a poem about autumn.");

/** The demo model made eight times as big, and drafts of it: itself, itself without its last layer, and nothing learnt at all. */
let home: Awaited<ReturnType<typeof temporaryHome>>;
const pathOf = (name: string) => (name === "perfect" ? demoPath : join(home.path, `${name}.gguf`));
const workers: ModelWorker[] = [];

async function loaded(change: Partial<LoadOptions> = {}): Promise<ModelWorker> {
  const worker = new ModelWorker("test", logger);
  workers.push(worker);
  const flash = { flashAttention: "on", sequences: 2, threads: 1, maxThreads: 1, gpu: "off" } as const;
  await worker.load({ modelPath: pathOf("big"), contextTokens: 512, ...flash, ...change }, () => {});
  return worker;
}

const withDraft = (name: string, change: Partial<LoadOptions> = {}) =>
  loaded({
    draft: { modelPath: pathOf(name), contextTokens: 512, maxThreads: 1, guessTokens: 8, restless: true },
    ...change,
  });

beforeAll(async () => {
  home = await temporaryHome();
  await deriveModel(demoPath, pathOf("big"), { widened: 8 });
  await deriveModel(demoPath, pathOf("poor"), { silencedBlocks: 1 });
  await deriveModel(demoPath, pathOf("useless"), { scrambled: true });
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await home.remove();
});

describe("a draft model", () => {
  let plain: ModelWorker;
  const drafted = new Map<string, ModelWorker>();
  beforeAll(async () => {
    plain = await loaded();
    for (const name of ["perfect", "poor", "useless"]) drafted.set(name, await withDraft(name));
  });

  const samplings: [string, Sampling][] = [
    ["nothing else", greedy],
    ["penalties", { ...greedy, repeatPenalty: 1.2, presencePenalty: 0.4, frequencyPenalty: 0.3, repeatLastTokens: 32 }],
    ["a bias", { ...greedy, logitBias: [{ token: 1000, bias: 6 }] }],
    ["a limit in the middle of a guess", { ...greedy, maxTokens: 37 }],
    ["a stop string", { ...greedy, stop: ["One morning"] }],
    ["no end of its own", { ...greedy, ignoreEos: true, maxTokens: 200 }],
  ];
  for (const name of ["perfect", "poor", "useless"])
    it.each(samplings)(`changes nothing of a greedy reply with %s (a ${name} one)`, async (_, sampling) => {
      for (const input of [story, poem]) {
        const expected = await generate(plain, input, sampling);
        const { text, done } = await generate(drafted.get(name) ?? plain, input, sampling);
        expect(text).toBe(expected.text);
        expect(done).toMatchObject({
          stopReason: expected.done.stopReason,
          stats: { generatedTokens: expected.done.stats.generatedTokens },
        });
        if (name === "perfect") expect(done.stats.acceptedTokens).toBeGreaterThan(0);
      }
    });

  it("is as often right as it is good, and says how often that was", async () => {
    const fresh = async (name: string) => {
      const worker = await withDraft(name);
      const { guessedTokens = 0, acceptedTokens = 0 } = (await generate(worker, story, greedy)).done.stats;
      await worker.close();
      return { guessedTokens, acceptedTokens };
    };
    const perfect = await fresh("perfect");
    expect(perfect.guessedTokens).toBeGreaterThan(0);
    // The reply may end within the last guess.
    expect(perfect.acceptedTokens).toBeGreaterThanOrEqual(perfect.guessedTokens - 8);
    const useless = await fresh("useless");
    expect(useless.acceptedTokens).toBeLessThanOrEqual(useless.guessedTokens / 4);
    expect((await generate(plain, story, greedy)).done.stats).not.toHaveProperty("guessedTokens");
  });

  it("guesses nothing where a guess would change the reply", async () => {
    const worker = await withDraft("perfect");
    for (const change of [
      { temperature: 0.8, seed: 7 },
      { grammar: 'root ::= "yes" | "no"' },
      { dryMultiplier: 0.8 },
    ]) {
      const sampling = { ...greedy, ...change };
      const { text, done } = await generate(worker, story, sampling);
      expect(text).toBe((await generate(plain, story, sampling)).text);
      expect(done.stats).not.toHaveProperty("guessedTokens");
    }
    await worker.close();
  });

  it("goes on from what the cache holds, with its last guesses cut off", async () => {
    const worker = drafted.get("perfect") ?? plain;
    await generate(worker, story, { ...greedy, maxTokens: 41 });
    const again = await generate(worker, story, greedy);
    expect(again.done.stats.cachedTokens).toBe(again.done.stats.promptTokens - 1);
    expect(again.text).toBe((await generate(plain, story, greedy)).text);
  });

  it("writes to the end of the context and no further, and on behind it where the context is shifted", async () => {
    const small = { contextTokens: 128 };
    const [without, perfect] = [await loaded(small), await withDraft("perfect", small)];
    const endless = { ...greedy, ignoreEos: true, maxTokens: 400 };
    for (const options of [{}, { contextShift: true }]) {
      const run = (worker: ModelWorker) => generate(worker, story, endless, undefined, "local", options);
      const [expected, found] = [await run(without), await run(perfect)];
      expect(found.text).toBe(expected.text);
      expect(found.done.stopReason).toBe(expected.done.stopReason);
      expect(found.done.stats).toMatchObject({ generatedTokens: expected.done.stats.generatedTokens });
    }
    await Promise.all([without.close(), perfect.close()]);
  });

  it("stops within a guess, and the next reply is whole", async () => {
    const worker = drafted.get("perfect") ?? plain;
    const id = "to-stop";
    const endless = { ...greedy, ignoreEos: true, maxTokens: 400 };
    const whole = (await generate(plain, poem, endless)).text;
    const stopped = await stopAfter(worker, id, poem, endless, 40);
    expect(stopped.stopReason).toBe("stopped");
    expect(whole.startsWith(stopped.text)).toBe(true);
    expect(stopped.text.length).toBeLessThan(whole.length);
    expect((await generate(worker, poem, endless)).text).toBe(whole);
  });

  it("changes nothing of replies that are written at the same time", async () => {
    const worker = drafted.get("perfect") ?? plain;
    const expected = [await generate(plain, story, greedy), await generate(plain, poem, greedy)];
    const together = await Promise.all([story, poem].map((input) => generate(worker, input, greedy)));
    expect(together.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
  });

  it("guesses beside prompt lookup, which is asked first", async () => {
    const repeated = { text: `${"One day a little dog named Max went to the park. ".repeat(4)}One day` };
    const worker = await withDraft("perfect", { speculation: { draftTokens: 4, breakEvenTokens: 0 } });
    for (const input of [repeated, story]) {
      const { text, done } = await generate(worker, input, greedy);
      expect(text).toBe((await generate(plain, input, greedy)).text);
      expect(done.stats.acceptedTokens).toBeGreaterThan(0);
    }
    await worker.close();
  });

  it("is done without where its file cannot be loaded, and the worker says why", async () => {
    const worker = await withDraft("missing");
    expect(worker.info?.draftFailure).toBeTruthy();
    expect((await generate(worker, story, greedy)).text).toBe((await generate(plain, story, greedy)).text);
    await worker.close();
  });
});

/** Asks for the end once so many characters have come. */
function stopAfter(worker: ModelWorker, id: string, input: PromptInput, sampling: Sampling, characters: number) {
  return new Promise<{ text: string; stopReason: string }>((resolve, reject) => {
    let text = "";
    worker.generate(
      { id, input, sampling: resolveSampling(sampling), client: id, owner: "local", priority: "watched", options: {} },
      {
        queued: () => {},
        reading: () => {},
        text: (piece) => {
          text += piece;
          if (text.length >= characters) worker.stop(id);
        },
        done: ({ stopReason }) => resolve({ text, stopReason }),
        failed: reject,
      },
    );
  });
}
