import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import type { Sampling } from "../protocol/sampling.js";
import { inspectGguf } from "../weights/gguf/inspectGguf.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import { generateInWorker } from "./generateInWorker.js";
import { temporaryHome } from "./TestServer.js";
import { type ArchitectureName, writeArchitectureModel } from "./writeArchitectureModel.js";

const logger = createLogger("silent");
let home: Awaited<ReturnType<typeof temporaryHome>>;
const workers: ModelWorker[] = [];
beforeAll(async () => {
  home = await temporaryHome();
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await home.remove();
});

/** Loads a model of the architecture as an installed one is loaded; with `sequences` 1 everybody takes everybody's lane. */
async function load(name: ArchitectureName, sequences = 1): Promise<ModelWorker> {
  const modelPath = join(home.path, `${name}.gguf`);
  await writeArchitectureModel(modelPath, name);
  await inspectGguf(modelPath);
  const worker = new ModelWorker(name, logger);
  workers.push(worker);
  await worker.load(
    {
      modelPath,
      contextTokens: 2048,
      sequences,
      threads: 1,
      maxThreads: 1,
      gpu: "off",
      parking: { folderPath: join(home.path, `${name}-parked`), maxBytes: 1e9, bytesPerToken: 500 },
    },
    () => {},
  );
  return worker;
}

const greedy: Sampling = { temperature: 0, repeatPenalty: 1, maxTokens: 24, ignoreEos: true };

const reply = (worker: ModelWorker, text: string, cachePrompt = true, sampling = greedy) =>
  generateInWorker(worker, { text }, sampling, undefined, undefined, { cachePrompt });

/** Words that hardly repeat, about three tokens each. */
function story(words: number, seed = 1): string {
  return Array.from({ length: words }, (_, index) => ((index + seed) * 7919).toString(36)).join(" ");
}

describe.each<ArchitectureName>(["llama-moe", "gemma3", "lfm2", "jamba", "mamba"])("a model of %s", (name) => {
  it("writes from its cache what it writes without", async () => {
    const worker = await load(name);
    const first = story(60);
    const written = await reply(worker, first, false);
    expect(written.done.stats.generatedTokens).toBe(24);
    const next = `${first}${written.text} and ${story(20, 300)}`;
    const edited = `${first.slice(0, 120)} or ${first.slice(120)}`;
    for (const prompt of [first, next, edited, first.slice(0, 150), next, first]) {
      const cached = await reply(worker, prompt);
      expect(cached.text).toBe((await reply(worker, prompt, false)).text);
    }
  });

  it("writes from a state that came from disk what it writes without", async () => {
    const worker = await load(name);
    const prompts = [1, 2].map((seed) => story(120, seed * 500));
    for (const prompt of prompts) await reply(worker, prompt);
    for (const prompt of prompts) {
      const returned = await reply(worker, prompt);
      const onward = await reply(worker, `${prompt}${returned.text} and so on`);
      expect(returned.text).toBe((await reply(worker, prompt, false)).text);
      expect(onward.text).toBe((await reply(worker, `${prompt}${returned.text} and so on`, false)).text);
    }
  });
});

describe("a model that slides a window over the text", () => {
  it("can be taken back further than its cache reaches, and to where it has only part of the window", async () => {
    const worker = await load("gemma3");
    const prompt = story(400);
    expect((await reply(worker, prompt)).done.stats.promptTokens).toBeGreaterThan(1500);
    for (const kept of [0.9, 0.675, 0.66, 0.645, 0.63, 0.1]) {
      const text = `${prompt.slice(0, prompt.length * kept)} x`;
      await reply(worker, prompt, false);
      expect((await reply(worker, text)).text).toBe((await reply(worker, text, false)).text);
    }
  });
});

describe("a model that only reads", () => {
  it("makes embeddings and says that it writes nothing", async () => {
    const worker = await load("bert");
    const [first, second] = [await worker.embed({ text: "the rain" }), await worker.embed({ text: "a sun" })];
    expect(first.vector).toHaveLength(64);
    expect(first.vector).not.toEqual(second.vector);
    await expect(reply(worker, "the rain")).rejects.toMatchObject({
      code: "unsupported_parameter",
      message: "This model makes embeddings and writes no replies.",
    });
  });
});
