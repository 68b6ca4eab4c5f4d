import { existsSync, watch } from "node:fs";
import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveSampling } from "../chat/resolveSampling.js";
import { createLogger } from "../platform/logger.js";
import { homePaths, packagePath } from "../platform/paths.js";
import { randomId } from "../platform/randomId.js";
import type { Sampling } from "../protocol/sampling.js";
import { forgetParkedStates, parkedStatePrefix } from "../workers/forgetParkedStates.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import type { GenerateOptions, PromptInput } from "../workers/messages.js";
import { generateInWorker as generate } from "./generateInWorker.js";
import { TestServer, temporaryHome } from "./TestServer.js";
import { randomModelShapes, writeRandomModel } from "./writeRandomModel.js";

const logger = createLogger("silent");
let home: Awaited<ReturnType<typeof temporaryHome>>;
const workers: ModelWorker[] = [];
beforeAll(async () => {
  home = await temporaryHome();
  await writeRandomModel(join(home.path, "random.gguf"), {
    ...randomModelShapes["15M"],
    vocabularySize: 2000,
    contextTokens: 4096,
  });
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await home.remove();
});

const greedy: Sampling = { temperature: 0, repeatPenalty: 1, maxTokens: 300 };

describe("conversations that come and go", () => {
  const folder = () => join(home.path, "kv");
  const conversation = (name: string): PromptInput => ({ text: `${name} `.repeat(300) });
  const short = { ...greedy, maxTokens: 4 };

  async function parkingWorker(path: string, maxBytes = 1e9): Promise<ModelWorker> {
    const worker = new ModelWorker("parking", logger);
    workers.push(worker);
    const options = {
      modelPath: path,
      contextTokens: 2048,
      sequences: 2,
      threads: 1,
      maxThreads: 1,
      gpu: "off" as const,
    };
    await worker.load({ ...options, parking: { folderPath: folder(), maxBytes, bytesPerToken: 1000 } }, () => {});
    return worker;
  }

  it("leave their KV cache on disk when others take their lane, and find it again, also after a restart", async () => {
    const path = join(home.path, "random.gguf");
    const worker = await parkingWorker(path);
    const first = await generate(worker, conversation("alpha"), short);
    expect(first.done.stats.promptTokens).toBeGreaterThan(600);
    for (const name of ["beta", "gamma", "delta"]) await generate(worker, conversation(name), short);
    const back = await generate(worker, conversation("alpha"), short);
    expect(back.done.stats.cachedTokens).toBe(back.done.stats.promptTokens - 1);
    expect(back.text).toBe(first.text);
    await worker.close();

    const restarted = await parkingWorker(path);
    const again = await generate(restarted, conversation("beta"), short);
    expect(again.done.stats.cachedTokens).toBeGreaterThan(600);
    await restarted.close();
  });

  it("give up the end of a long cache where reading it again fills a tile, which is faster", async () => {
    const worker = new ModelWorker("tiles", logger);
    workers.push(worker);
    const options = { contextTokens: 2048, sequences: 2, threads: 1, maxThreads: 1, gpu: "off" as const };
    await worker.load({ ...options, modelPath: join(home.path, "random.gguf"), flashAttention: "on" }, () => {});
    const turn = async (text: string) => (await generate(worker, { text }, short)).done.stats;
    const begin = "alpha ".repeat(400);
    const { promptTokens } = await turn(begin);
    const unread = async (text: string) => {
      const stats = await turn(begin + text);
      return stats.promptTokens - stats.cachedTokens;
    };
    const [few, many, more] = [3, 15, 30].map((words) => "omega ".repeat(words)) as [string, string, string];
    expect(promptTokens).toBeGreaterThan(600);
    expect(await unread(few)).toBeLessThan(30);
    expect(await unread(many)).toBe(64);
    expect(await unread(`x ${more}`)).toBeGreaterThan(64);
    await worker.close();
  });

  it("are found again when the model left the memory right after the reply, or in the middle of it", async () => {
    const path = join(home.path, "random.gguf");
    const worker = await parkingWorker(path);
    await generate(worker, conversation("quick"), short);
    const reading = new Promise<void>((resolve) =>
      worker.generate(
        {
          id: randomId(),
          input: conversation("unfinished"),
          sampling: resolveSampling({ ...greedy, maxTokens: 100_000, ignoreEos: true }),
          client: "a",
          owner: "local",
          priority: "watched",
          options: {},
        },
        { queued: () => {}, reading: () => {}, text: () => resolve(), done: () => {}, failed: () => {} },
      ),
    );
    await reading;
    await worker.close();
    const restarted = await parkingWorker(path);
    for (const name of ["quick", "unfinished"])
      expect((await generate(restarted, conversation(name), short)).done.stats.cachedTokens).toBeGreaterThan(600);
    await restarted.close();
  });

  it("leave nothing behind when they are deleted, and nothing at all when they are temporary", async () => {
    const worker = await parkingWorker(join(home.path, "random.gguf"));
    const say = (name: string, options: GenerateOptions) =>
      generate(worker, conversation(name), short, undefined, "local", options);
    const before = new Set(await readdir(folder()));
    await say("kept", { conversationId: "kept" });
    await say("gone", { conversationId: "gone" });
    await say("secret", { conversationId: "secret", temporary: true });
    // Two lanes: with these both of the first are on disk, and the secret one would be.
    await say("other", {});
    await say("another", {});
    const added = (await readdir(folder())).filter((name) => !before.has(name));
    const of = (id: string) => added.filter((name) => name.startsWith(parkedStatePrefix(id)));
    expect([of("kept").length, of("gone").length, of("secret").length]).toEqual([2, 2, 0]);

    await forgetParkedStates(home.path, "gone");
    worker.forget("gone");
    expect((await say("gone", { conversationId: "gone" })).done.stats.cachedTokens).toBeLessThan(10);
    expect((await readdir(folder())).filter((name) => of("gone").includes(name))).toEqual([]);
    expect((await say("kept", { conversationId: "kept" })).done.stats.cachedTokens).toBeGreaterThan(200);

    // In a lane it is read again, too.
    worker.forget("kept");
    expect((await say("kept", { conversationId: "kept" })).done.stats.cachedTokens).toBeLessThan(10);
    await worker.close();
  });

  /** What a worker that closes puts to disk. */
  async function addedBy(work: (worker: ModelWorker) => Promise<void>): Promise<string[]> {
    const before = new Set(await readdir(folder()));
    const worker = await parkingWorker(join(home.path, "random.gguf"));
    await work(worker);
    await worker.close();
    return (await readdir(folder())).filter((name) => !before.has(name));
  }

  it("leave nothing behind when they are deleted while they wait for a lane", async () => {
    const added = await addedBy(async (worker) => {
      const stops: (() => void)[] = [];
      const writing: Promise<unknown>[] = [];
      // Each has read enough to be put to disk when it writes.
      for (const name of ["first", "second"])
        await new Promise<void>((resolve) => {
          const reply = generate(
            worker,
            conversation(name),
            { ...greedy, maxTokens: 1500, ignoreEos: true },
            (_, stop) => stops.push(stop),
            "local",
            { conversationId: name },
            () => resolve(),
          );
          writing.push(reply);
        });
      await new Promise<void>((resolve, reject) =>
        worker.generate(
          {
            id: randomId(),
            input: conversation("late"),
            sampling: resolveSampling(short),
            client: "late",
            owner: "local",
            priority: "watched",
            options: { conversationId: "late" },
          },
          {
            queued: () => {
              worker.forget("late");
              for (const stop of stops) stop();
            },
            reading: () => {},
            text: () => {},
            done: () => resolve(),
            failed: reject,
          },
        ),
      );
      await Promise.all(writing);
    });
    expect(added.filter((name) => name.startsWith(parkedStatePrefix("late")))).toEqual([]);
    expect(added.filter((name) => name.startsWith(parkedStatePrefix("first")))).toHaveLength(2);
  });

  it("are not put to disk as another's, whose prompt is refused, when they are temporary", async () => {
    const added = await addedBy(async (worker) => {
      const say = (input: PromptInput, options: GenerateOptions) =>
        generate(worker, input, short, undefined, "local", options);
      await say(conversation("private"), { conversationId: "private", temporary: true });
      const tooLong = say({ text: "private ".repeat(3000) }, { conversationId: "long" });
      await expect(tooLong).rejects.toMatchObject({ code: "context_full" });
    });
    expect(added).toEqual([]);
  });

  it("use nothing that a crash left half written, or that was damaged", async () => {
    const path = join(home.path, "random.gguf");
    const states = (await readdir(folder())).filter((name) => name.endsWith(".state"));
    expect(states.length).toBeGreaterThan(0);
    for (const name of states) await truncate(join(folder(), name), 1000);
    await writeFile(join(folder(), "x.partial"), "half");
    await writeFile(join(folder(), "y.json"), "{");
    const worker = await parkingWorker(path);
    expect(await readdir(folder())).toEqual([]);
    expect((await generate(worker, conversation("beta"), short)).done.stats.cachedTokens).toBeLessThan(10);
    await worker.close();
  });

  it("are read anew when their cache is damaged or gone while the model is in memory", async () => {
    const worker = await parkingWorker(join(home.path, "random.gguf"));
    const say = (name: string) =>
      generate(worker, conversation(name), short, undefined, "local", { conversationId: name });
    const texts = new Map<string, string>();
    for (const name of ["flipped", "cut", "removed", "one", "two"]) texts.set(name, (await say(name)).text);
    const damage = {
      // The last bytes say how many values follow, among other things.
      flipped: async (path: string) => {
        const bytes = await readFile(path);
        for (let at = bytes.length - 64; at < bytes.length; at++) bytes[at] = ~(bytes[at] ?? 0);
        await writeFile(path, bytes);
      },
      cut: (path: string) => truncate(path, 1000),
      removed: (path: string) => rm(path),
    };
    for (const [name, harm] of Object.entries(damage)) {
      const files = await readdir(folder());
      const state = files.find((file) => file.startsWith(parkedStatePrefix(name)) && file.endsWith(".state"));
      await harm(join(folder(), state ?? "none"));
      const back = await say(name);
      expect(back.text).toBe(texts.get(name));
      expect(back.done.stats.cachedTokens).toBeLessThan(200);
    }
    expect(worker.state).toBe("ready");
    await worker.close();
    await rm(folder(), { recursive: true });
  });

  it("take no more disk than they may", async () => {
    const worker = await parkingWorker(join(home.path, "random.gguf"), 100_000);
    for (const name of ["one", "two", "three", "four"]) await generate(worker, conversation(name), short);
    expect(await readdir(folder())).toEqual([]);
    await worker.close();
  });
});

describe("a deleted chat", () => {
  it("takes what was parked of it along, also of models that are not in memory", async () => {
    const cria = await TestServer.start();
    try {
      const client = await cria.connect();
      const { conversation, reply } = await client.request("chat:send", {
        requestId: randomId(),
        text: "Hello",
        modelId: "alpaca.demo",
        sampling: { maxTokens: 1 },
      });
      await client.follow(reply.generationId ?? "");
      await client.untilEnd(reply.generationId ?? "");
      const parked = join(homePaths(cria.homePath).parkedStates, "another-model");
      await mkdir(parked, { recursive: true });
      const mine = join(parked, `${parkedStatePrefix(conversation.id)}1.state`);
      const others = join(parked, `${parkedStatePrefix("another")}1.state`);
      for (const path of [mine, others]) await writeFile(path, "state");
      const gone = new Promise<void>((resolve) => {
        const watcher = watch(parked, (_event, name) => {
          if (name !== basename(mine) || existsSync(mine)) return;
          watcher.close();
          resolve();
        });
      });
      await client.request("conversation:delete", { conversationId: conversation.id });
      await gone;
      expect(existsSync(others)).toBe(true);
    } finally {
      await cria.close();
    }
  });
});

describe("a reply that is longer than the context", () => {
  let worker: ModelWorker;
  const story: PromptInput = {
    turns: [{ role: "user", content: "Tell me a short story about a dog." }],
    format: "alpaca",
  };
  beforeAll(async () => {
    worker = new ModelWorker("shift", logger);
    workers.push(worker);
    const modelPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
    await worker.load({ modelPath, contextTokens: 256, sequences: 2, threads: 1, maxThreads: 1, gpu: "off" }, () => {});
  });
  const long: Sampling = { ...greedy, maxTokens: 600, ignoreEos: true };
  const shifted = (input: PromptInput) => generate(worker, input, long, undefined, "local", { contextShift: true });

  it("[GL9] ends where the context does", async () => {
    const { done } = await generate(worker, story, long);
    expect(done.stopReason).toBe("context");
    expect(done.stats.promptTokens + done.stats.generatedTokens).toBe(256);
    expect(done.stats.droppedTokens).toBeUndefined();
  });

  it("[GL9] goes on when the request says so, also beside another one", async () => {
    const [first, second] = await Promise.all([shifted(story), shifted({ text: "Once upon a time" })]);
    for (const { done, text } of [first, second]) {
      expect(done).toMatchObject({ stopReason: "length", stats: { generatedTokens: 600 } });
      expect(done.stats.droppedTokens).toBeGreaterThan(256);
      expect(text.length).toBeGreaterThan(1000);
    }
  });

  it("reads the end of a prompt that does not fit", async () => {
    const { done } = await shifted({ text: "the cat sat on the mat and ".repeat(110) });
    expect(done.stopReason).toBe("length");
    expect(done.stats.promptTokens).toBeLessThan(256);
  });

  it("leaves a cache that the next one can go on with", async () => {
    const fresh = await generate(worker, story, { ...greedy, maxTokens: 20 }, undefined, "somebody else");
    await shifted(story);
    expect((await generate(worker, story, { ...greedy, maxTokens: 20 })).text).toBe(fresh.text);
  });

  it("leaves nothing of it to a prompt that says the same: what stayed was computed with what went", async () => {
    const [begin, word] = [1, 300];
    const again = { ...long, logitBias: [{ token: word, bias: 100 }] };
    const repeated = (count: number): PromptInput => ({ tokens: [begin, ...Array<number>(count).fill(word)] });
    const { done } = await generate(worker, repeated(10), again, undefined, "local", { contextShift: true });
    expect(done.stats.droppedTokens).toBeGreaterThan(256);
    const next = await generate(worker, repeated(100), { ...greedy, maxTokens: 20 });
    expect(next.done.stats.cachedTokens).toBe(0);
  });
});
