import { randomBytes } from "node:crypto";
import { copyFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import type { AppError } from "../platform/AppError.js";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import type { Sampling } from "../protocol/sampling.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import type { PromptInput } from "../workers/messages.js";
import { fastestMs } from "./fastestMs.js";
import { generateInWorker as generate } from "./generateInWorker.js";
import { temporaryHome } from "./TestServer.js";
import { randomModelShapes, writeRandomModel } from "./writeRandomModel.js";

const logger = createLogger("silent");
const demoPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
let home: Awaited<ReturnType<typeof temporaryHome>>;
const workers: ModelWorker[] = [];

beforeAll(async () => {
  home = await temporaryHome();
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await home.remove();
});

async function loaded(modelPath: string, contextTokens = 8192): Promise<ModelWorker> {
  const worker = new ModelWorker("test", logger);
  workers.push(worker);
  await worker.load({ modelPath, contextTokens, sequences: 2, threads: 1, maxThreads: 1, gpu: "off" }, () => {});
  return worker;
}

const story: PromptInput = {
  turns: [{ role: "user", content: "Tell me a short story about a dog." }],
  format: "alpaca",
};
const greedy: Sampling = { temperature: 0, repeatPenalty: 1, maxTokens: 300 };

describe("a worker on the model that ships", () => {
  let worker: ModelWorker;
  beforeAll(async () => {
    worker = await loaded(demoPath);
  });

  it("repeats itself with the same seed and differs with another", async () => {
    const sampling = { temperature: 1, maxTokens: 40 };
    const first = await generate(worker, story, { ...sampling, seed: 11 });
    const again = await generate(worker, story, { ...sampling, seed: 11 });
    const other = await generate(worker, story, { ...sampling, seed: 12 });
    expect(again.text).toBe(first.text);
    expect(other.text).not.toBe(first.text);
  });

  it("reports the random seed that it used, with which the text can be made again", async () => {
    const first = await generate(worker, story, { temperature: 1, maxTokens: 20 });
    const again = await generate(worker, story, { temperature: 1, maxTokens: 20, seed: first.done.stats.seed });
    expect(again.text).toBe(first.text);
  });

  it("matches stop strings exactly, wherever in the text they are and however tokens split them", async () => {
    const { text } = await generate(worker, story, greedy);
    // Windows across words and their spaces: the ones that a detokenizer which works token by token never sees.
    for (let at = 3; at < Math.min(text.length - 12, 150); at += 7) {
      const stop = text.slice(at, at + 9);
      const expected = text.slice(0, text.indexOf(stop));
      const stopped = await generate(worker, story, { ...greedy, stop: [stop] });
      expect({ stop, text: stopped.text }).toEqual({ stop, text: expected });
      expect(stopped.done.stopReason).toBe("stopString");
    }
  });

  it("keeps what the prompt and the last reply have in common in the KV cache", async () => {
    await generate(worker, story, { ...greedy, maxTokens: 10 });
    const { done } = await generate(worker, story, { ...greedy, maxTokens: 10 });
    expect(done.stats.cachedTokens).toBe(done.stats.promptTokens - 1);
  });

  it("[T6] reads nothing for one owner out of what another's prompt has left in the KV cache", async () => {
    const mine = { text: "The word that nobody else may know is swordfish, said the old man by the sea." };
    const tell = (owner: string) => generate(worker, mine, { ...greedy, maxTokens: 4 }, undefined, owner);
    await tell("alice");
    expect((await tell("alice")).done.stats.cachedTokens).toBeGreaterThan(10);
    for (let n = 0; n < 6; n++) expect((await tell(`bob ${n}`)).done.stats.cachedTokens).toBe(0);
  });

  it("gives the same text from a warm cache as from a cold one", async () => {
    const cold = await (async () => {
      const fresh = await loaded(demoPath);
      const outcome = await generate(fresh, story, greedy);
      await fresh.close();
      return outcome.text;
    })();
    await generate(worker, story, { ...greedy, maxTokens: 30 });
    expect((await generate(worker, story, greedy)).text).toBe(cold);
  });

  it("goes on with a text as it stands", async () => {
    const { text, done } = await generate(worker, { text: "Once upon a time" }, { ...greedy, maxTokens: 20 });
    expect(done.stats.promptTokens).toBeGreaterThan(3);
    expect(text.startsWith(",") || text.startsWith(" ")).toBe(true);
  });

  it("writes the same when it guesses ahead, and guesses right where the text repeats itself", async () => {
    const guessing = new ModelWorker("guessing", logger);
    workers.push(guessing);
    const speculation = { draftTokens: 4, breakEvenTokens: 0 };
    const held = {
      modelPath: demoPath,
      contextTokens: 512,
      sequences: 2,
      threads: 1,
      maxThreads: 1,
      gpu: "off",
    } as const;
    await guessing.load({ ...held, speculation }, () => {});
    // Guessing brings flash attention along, which rounds otherwise.
    const worker = new ModelWorker("plain", logger);
    workers.push(worker);
    await worker.load({ ...held, flashAttention: "on" }, () => {});
    const repeated = { text: `${"One day a little dog named Max went to the park. ".repeat(4)}One day` };
    for (const input of [story, repeated])
      for (const sampling of [greedy, { ...greedy, repeatPenalty: 1.1 }, { ...greedy, maxTokens: 37 }]) {
        const [plain, guessed] = [await generate(worker, input, sampling), await generate(guessing, input, sampling)];
        expect(guessed.text).toBe(plain.text);
        expect(guessed.done).toMatchObject({
          stopReason: plain.done.stopReason,
          stats: { generatedTokens: plain.done.stats.generatedTokens },
        });
      }
    const [together, beside] = await Promise.all([
      generate(guessing, repeated, greedy),
      generate(guessing, story, greedy),
    ]);
    expect(together.text).toBe((await generate(worker, repeated, greedy)).text);
    expect(beside.text).toBe((await generate(worker, story, greedy)).text);
    // What it holds afterwards is what it wrote: the next one goes on from there.
    const again = await generate(guessing, repeated, greedy);
    expect(again.done.stats.cachedTokens).toBe(again.done.stats.promptTokens - 1);
    const steps = async () => (await guessing.figures())?.batches.find(({ sequences }) => sequences === 1)?.count ?? 0;
    const before = await steps();
    const stuck = { ...greedy, logitBias: [{ token: 1000, bias: 99 }], maxTokens: 100, ignoreEos: true };
    const { done, text } = await generate(guessing, repeated, stuck);
    expect(done.stats.generatedTokens).toBe(100);
    expect(text).toBe((await generate(worker, repeated, stuck)).text);
    // Steps in which one token was made without a guess.
    expect((await steps()) - before).toBeLessThan(10);
    await Promise.all([guessing.close(), worker.close()]);
  });

  it("counts every token that it made, the held-back ones with the piece that shows them", async () => {
    const { done } = await generate(worker, story, { ...greedy, maxTokens: 25 });
    expect(done).toMatchObject({ stopReason: "length", stats: { generatedTokens: 25 } });
  });

  it("serves two at a time as it serves them one by one", async () => {
    const other: PromptInput = { turns: [{ role: "user", content: "Write a poem about autumn." }], format: "alpaca" };
    const [a, b] = [await generate(worker, story, greedy), await generate(worker, other, greedy)];
    const [together, beside] = await Promise.all([generate(worker, story, greedy), generate(worker, other, greedy)]);
    expect([together.text, beside.text]).toEqual([a.text, b.text]);
  });
});

describe("a worker on a model with a long context", () => {
  let worker: ModelWorker;
  beforeAll(async () => {
    const path = join(home.path, "random.gguf");
    await writeRandomModel(path, { ...randomModelShapes["15M"], vocabularySize: 2000, contextTokens: 4096 });
    worker = await loaded(path);
  });

  it("stops in the middle of a long prompt, and goes on from there the next time", async () => {
    const input: PromptInput = { text: "the cat sat on the mat and ".repeat(110) };
    const stopped = await generate(worker, input, greedy, (evaluatedTokens, stop) => {
      if (evaluatedTokens > 100) stop();
    });
    expect(stopped.done.stopReason).toBe("stopped");
    expect(stopped.text).toBe("");
    const last = stopped.readings.at(-1);
    expect(last?.promptTokens).toBeGreaterThan(1000);
    expect(last?.evaluatedTokens).toBeLessThan(last?.promptTokens ?? 0);
    const next = await generate(worker, input, { ...greedy, maxTokens: 2 });
    expect(next.done.stats.cachedTokens).toBeGreaterThanOrEqual(last?.evaluatedTokens ?? 0);
  });

  it("never splits a character, whatever bytes the model makes", async () => {
    // A random model is full of byte tokens, most of which are no UTF-8: what can be decoded is decoded whole.
    const { text, pieces } = await generate(
      worker,
      { text: "abc" },
      { temperature: 1.5, seed: 3, maxTokens: 300, ignoreEos: true },
    );
    expect(pieces.join("")).toBe(text);
    for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}/u);
  });
});

describe("a quantized KV cache", () => {
  it.each(["q8_0", "q4_0"] as const)("as %s gives a text much like the other's", async (kvCacheType) => {
    const worker = new ModelWorker("kv", logger);
    workers.push(worker);
    await worker.load(
      { modelPath: demoPath, contextTokens: 512, sequences: 1, threads: 1, maxThreads: 1, gpu: "off", kvCacheType },
      () => {},
    );
    const { text, done } = await generate(worker, story, { ...greedy, maxTokens: 60 });
    expect(done.stats.generatedTokens).toBeGreaterThan(20);
    expect(text).toMatch(/[a-z]+ [a-z]+ [a-z]+/);
    await worker.close();
  });
});

describe("a model's own template", () => {
  it("is used as it stands, special tokens and all", async () => {
    const path = join(home.path, "template.gguf");
    await writeRandomModel(path, randomModelShapes.tiny, {
      chatTemplate: "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}",
    });
    const worker = await loaded(path);
    const count = (content: string) => worker.countTokens({ turns: [{ role: "user", content }], format: "template" });
    const plain = await worker.countTokens({ text: "[user]a" });
    // One beginning, one end, both single tokens.
    expect(await count("a")).toBe(plain + 1);
    // What a user types is text, so "</s>" takes several tokens.
    expect(await count("a</s>")).toBeGreaterThan(plain + 3);
  });
});

describe("bad weights", () => {
  const load = async (path: string): Promise<AppError> => {
    const worker = new ModelWorker("bad", logger);
    try {
      await worker.load(
        { modelPath: path, contextTokens: 512, sequences: 1, threads: 1, maxThreads: 1, gpu: "off" },
        () => {},
      );
    } catch (error) {
      await worker.exited;
      return error as AppError;
    }
    throw new Error("it was loaded");
  };

  it("that are cut short are refused with the engine's reason", async () => {
    const path = join(home.path, "short.gguf");
    await copyFile(demoPath, path);
    await truncate(path, 3_000_000);
    expect(await load(path)).toMatchObject({
      code: "model_load_failed",
      message: expect.stringContaining("cannot be loaded"),
    });
  });

  it("that are no GGUF are refused", async () => {
    const path = join(home.path, "noise.gguf");
    await writeFile(path, randomBytes(100_000));
    expect(await load(path)).toMatchObject({ code: "model_load_failed" });
  });

  it("that are gone are refused", async () => {
    expect(await load(join(home.path, "nothing.gguf"))).toMatchObject({
      code: "model_load_failed",
      hint: "Install the model again.",
    });
  });
});

describe("prompts that cannot fit", () => {
  it("[T22] are refused without being read, in an instant, whatever they are made of", async () => {
    const worker = await loaded(demoPath);
    for (const text of ["x".repeat(7_000_000), "🦙".repeat(1_000_000), "\u0000".repeat(3_000_000)]) {
      const ms = await fastestMs(2000, () =>
        expect(generate(worker, { text }, greedy)).rejects.toMatchObject({ code: "context_full" }),
      );
      expect(ms).toBeLessThan(2000);
    }
    const tooLong = { text: "one two three ".repeat(2000) };
    await expect(generate(worker, tooLong, greedy)).rejects.toMatchObject({ code: "context_full" });
    expect((await generate(worker, story, { ...greedy, maxTokens: 3 })).done.stats.generatedTokens).toBe(3);
    await worker.close();
  });
});

describe("a worker's end", () => {
  it("fails its generations when it is killed, and says so to those who come later", async () => {
    const worker = await loaded(demoPath);
    const running = generate(worker, story, { ...greedy, ignoreEos: true }, () => {
      if (worker.processId !== undefined) process.kill(worker.processId, "SIGKILL");
    });
    await expect(running).rejects.toMatchObject({ code: "worker_died", message: expect.stringContaining("SIGKILL") });
    expect(worker.state).toBe("dead");
    await expect(worker.countTokens(story)).rejects.toMatchObject({ code: "worker_died" });
    await expect(generate(worker, story, greedy)).rejects.toMatchObject({ code: "worker_died" });
  });

  it("climbs the ladder to SIGKILL when the process hangs", async () => {
    const worker = new ModelWorker("hung", logger, { timeouts: { loadStallMs: 60_000, closeMs: 50, terminateMs: 50 } });
    await worker.load(
      { modelPath: demoPath, contextTokens: 512, sequences: 1, threads: 1, maxThreads: 1, gpu: "off" },
      () => {},
    );
    if (worker.processId !== undefined) process.kill(worker.processId, "SIGSTOP");
    await worker.close();
    expect(worker.state).toBe("dead");
  });

  it("is no model that is ready, where it was closed just before", async () => {
    const worker = new ModelWorker("unwanted", logger, { program: scriptedProgram({}) });
    const options = {
      modelPath: demoPath,
      contextTokens: 512,
      sequences: 1,
      threads: 1,
      maxThreads: 1,
      gpu: "off",
    } as const;
    let closed: Promise<void> | undefined;
    // With the last of the progress it says that it is ready: nobody can have told it to go before that.
    const loading = worker.load(options, (progress) => {
      if (progress === 1) closed = worker.close();
    });
    await expect(loading).rejects.toMatchObject({ code: "worker_died" });
    await closed;
    expect(worker.state).toBe("dead");
  });

  it("is a time-out when loading makes no progress", async () => {
    const worker = new ModelWorker("slow", logger, { timeouts: { loadStallMs: 1, closeMs: 50, terminateMs: 50 } });
    await expect(
      worker.load(
        { modelPath: demoPath, contextTokens: 512, sequences: 1, threads: 1, maxThreads: 1, gpu: "off" },
        () => {},
      ),
    ).rejects.toMatchObject({ code: "model_load_timeout" });
    expect(worker.state).toBe("dead");
  });
});
