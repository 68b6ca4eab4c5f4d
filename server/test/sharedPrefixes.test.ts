import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { resolveSampling } from "../chat/resolveSampling.js";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import { randomId } from "../platform/randomId.js";
import type { Sampling } from "../protocol/sampling.js";
import { copyPrefix } from "../workers/child/copyPrefix.js";
import { Engine, type Sequence, type Token } from "../workers/child/engine.js";
import type { Lane } from "../workers/child/Lane.js";
import { Lanes } from "../workers/child/Lanes.js";
import { ParkedStates } from "../workers/child/ParkedStates.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import type { LoadOptions, PromptInput } from "../workers/messages.js";
import { generateInWorker as generate, type Outcome } from "./generateInWorker.js";
import { temporaryHome } from "./TestServer.js";
import { randomModelShapes, writeRandomModel } from "./writeRandomModel.js";

const logger = createLogger("silent");
const demoPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
let home: Awaited<ReturnType<typeof temporaryHome>>;
let longPath: string;
const workers: ModelWorker[] = [];
beforeAll(async () => {
  home = await temporaryHome();
  longPath = join(home.path, "random.gguf");
  await writeRandomModel(longPath, { ...randomModelShapes["15M"], vocabularySize: 2000, contextTokens: 4096 });
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await home.remove();
});

async function loaded(modelPath: string, options: Partial<LoadOptions> = {}): Promise<ModelWorker> {
  const worker = new ModelWorker("sharing", logger);
  workers.push(worker);
  const usual = { modelPath, contextTokens: 4096, sequences: 4, threads: 1, maxThreads: 1, gpu: "off" as const };
  await worker.load({ ...usual, ...options }, () => {});
  return worker;
}

/** Something that one side of a test waits for until the other gives it. */
function signal(): { given: Promise<void>; give(): void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/** A system prompt of some 150 of the demo model's tokens. */
const system = `${"You tell stories for small children. The stories are kind, and nobody in them is hurt. ".repeat(8)}\n\n`;
const question = (animal: string) => `Tell a story about a ${animal}.\nOnce upon a time`;
const ask = (animal: string): PromptInput => ({ text: `${system}${question(animal)}` });
const dog = ask("dog");
const cat = ask("cat and her kittens");
const long = { temperature: 0, repeatPenalty: 1, maxTokens: 260, ignoreEos: true } satisfies Sampling;
const short: Sampling = { ...long, maxTokens: 4 };

/** Tokens of its prompt that were evaluated for it. */
const evaluated = ({ done: { stats } }: Outcome) => stats.promptTokens - stats.cachedTokens;
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** What the worker writes when no lane holds anything of it. */
async function alone(worker: ModelWorker, input: PromptInput): Promise<string> {
  const { text, done } = await generate(worker, input, long, undefined, randomId());
  expect(done.stats.cachedTokens).toBe(0);
  return text;
}

/** Begins a reply; resolves when its first words are there. */
async function writing(worker: ModelWorker, input: PromptInput, owner = "local") {
  const state = { isDone: false };
  let reply: Promise<Outcome> | undefined;
  await new Promise<void>((resolve, reject) => {
    reply = generate(worker, input, long, undefined, owner, {}, () => resolve());
    reply.then(() => Object.assign(state, { isDone: true }), reject);
  });
  return { state, reply };
}

const caches: { name: string; options: Partial<LoadOptions> }[] = [
  // Without flash attention, with which the size of a slice may change the last bit of a value.
  { name: "f16", options: { flashAttention: "off" } },
  { name: "q8_0", options: { kvCacheType: "q8_0" } },
];
describe.each(caches)("a system prompt in a KV cache of $name", ({ options }) => {
  let worker: ModelWorker;
  let texts: { dog: string; cat: string };
  let owner: string;
  beforeAll(async () => {
    worker = await loaded(demoPath, { ...options, sequences: 6 });
    texts = { dog: await alone(worker, dog), cat: await alone(worker, cat) };
  });

  it("is copied from a lane that writes, both of which write what they write alone", async () => {
    // On a busy machine the first one may be done before the second is asked for: then both begin again, as somebody else.
    for (let attempt = 0; ; attempt++) {
      owner = randomId();
      const first = await writing(worker, dog, owner);
      let wasWriting = false;
      const onReading = () => {
        wasWriting = !first.state.isDone;
      };
      const second = await generate(worker, cat, long, onReading, owner);
      expect(second.done.stats.cachedTokens).toBeGreaterThan(140);
      expect(evaluated(second)).toBeLessThan(40);
      expect(second.text).toBe(texts.cat);
      expect((await first.reply)?.text).toBe(texts.dog);
      if (wasWriting) return;
      expect(attempt).toBeLessThan(5);
    }
  });

  it("is copied from a lane that is idle, which keeps what it holds", async () => {
    const go = (input: PromptInput) => generate(worker, input, short, undefined, owner);
    expect(evaluated(await go(ask("bird")))).toBeLessThan(40);
    const on = await go({ text: `${system}${question("dog")}${texts.dog} Then` });
    // More than the prompt: of the reply, too, as far as the tokenizer takes it apart as the model has written it.
    expect(on.done.stats.cachedTokens).toBeGreaterThan((await worker.countTokens(dog)) + 30);
  });
});

describe("a prefix that several have in common", () => {
  const questions = ["dog", "cat", "bird", "fish"].map(ask);

  it("is read once by four that come at once to an empty model", async () => {
    const worker = await loaded(demoPath);
    const apart: string[] = [];
    for (const input of questions) apart.push(await alone(worker, input));
    const together = await Promise.all(questions.map((question) => generate(worker, question, long)));
    const [promptTokens = 0] = together.map(({ done }) => done.stats.promptTokens);
    expect(sum(together.map(evaluated))).toBeLessThan(promptTokens + 3 * 40);
    expect(together.map(({ text }) => text)).toEqual(apart);
    // Each has a lane of its own: all of them go on from there.
    const again = await Promise.all(questions.map((question) => generate(worker, question, short)));
    expect(again.map(evaluated)).toEqual([1, 1, 1, 1]);
  });

  it("is read once for the same prompt four times", async () => {
    const worker = await loaded(demoPath);
    const four = await Promise.all([1, 2, 3, 4].map(() => generate(worker, dog, long)));
    expect(sum(four.map(evaluated))).toBeLessThan((four[0]?.done.stats.promptTokens ?? 0) + 3 * 4);
    expect(new Set(four.map(({ text }) => text)).size).toBe(1);
  });

  it("is copied no further than the rest fills a tile, which is read faster so", async () => {
    const worker = await loaded(longPath, { flashAttention: "on" });
    const evaluatedOf = async (text: string) => evaluated(await generate(worker, { text }, short));
    const begin = "alpha ".repeat(400);
    // So much that nobody takes its lane.
    expect(await evaluatedOf(`${begin}${"delta ".repeat(200)}`)).toBeGreaterThan(600);
    // Two of the tokens that are copied are always read anew.
    expect(await evaluatedOf(`${begin}${"omega ".repeat(15)}`)).toBe(64 + 2);
    expect(await evaluatedOf(`${begin}beta`)).toBeLessThan(20);
  });

  it("[T6] is read again for another owner, at once and later", async () => {
    const worker = await loaded(demoPath);
    const owners = ["alice", "bob", "carol"];
    const tell = (owner: string, input = dog) => generate(worker, input, short, undefined, owner);
    for (const { done } of await Promise.all(owners.map((owner) => tell(owner))))
      expect(done.stats.cachedTokens).toBe(0);
    expect((await tell("mallory", cat)).done.stats.cachedTokens).toBe(0);
    const first = await writing(worker, dog, "alice");
    expect((await tell("eve", cat)).done.stats.cachedTokens).toBe(0);
    await first.reply;
  });

  it("is read again by whoever wants nothing of a cache", async () => {
    const worker = await loaded(demoPath);
    const first = await writing(worker, dog);
    const second = await generate(worker, cat, short, undefined, "local", { cachePrompt: false });
    expect(second.done.stats.cachedTokens).toBe(0);
    await first.reply;
  });
});

describe("copyPrefix", () => {
  it("has made the copy when it returns: either lane may be saved or overwritten with another state then", async () => {
    const usual = { contextTokens: 512, sequences: 4, threads: 1, maxThreads: 1, gpu: "off" as const };
    const engine = await Engine.load({ modelPath: demoPath, ...usual }, {});
    const [source, target, other, restored] = [1, 2, 3, 4].map(() => engine.openSequence()) as [
      Sequence,
      Sequence,
      Sequence,
      Sequence,
    ];
    const priority = engine.batcher.priorityOf(0);
    const prompt = engine.tokenize([{ text: `${system}${question("dog")}`, special: false }]);
    const sampling = resolveSampling({ ...long, maxTokens: 20 });
    const write = async (sequence: Sequence, tokens: Token[]) => {
      const reply: Token[] = [];
      for await (const { token } of engine.sample(sequence, tokens, sampling, () => [], priority))
        if (reply.push(token) === 20) break;
      return engine.detokenize(reply, []);
    };
    const expected = await write(source, prompt);
    const otherState = join(home.path, "other.state");
    await other.evaluateWithoutGeneratingNewTokens(engine.tokenize([{ text: question("cat"), special: false }]));
    await other.saveStateToFile(otherState);

    const held = prompt.slice(0, -1);
    expect(await copyPrefix(source, target, held, priority)).toEqual({
      copiedTokens: held.length - 2,
      evaluatedTokens: 2,
    });
    const copiedState = join(home.path, "copied.state");
    await target.saveStateToFile(copiedState);
    await source.loadStateFromFile(otherState, { acceptRisk: true });
    await restored.loadStateFromFile(copiedState, { acceptRisk: true });
    expect(await write(target, prompt.slice(-1))).toBe(expected);
    expect(await write(restored, prompt.slice(-1))).toBe(expected);
    await engine.close();
  });
});

describe("a lane whose cache is about to be replaced by a parked one", () => {
  const usual = { contextTokens: 512, threads: 1, maxThreads: 1, gpu: "off" as const, flashAttention: "off" as const };
  const catStory = `${system}${question("cat")}${" there was a cat who liked to sleep in the sun".repeat(20)}`;
  let events: string[];

  /**
   * Alice's lane 0 holds a long chat with the system prompt and is granted to `owner`, whose `wanted` is on disk. While the chat is
   * put to disk, a reader of alice's on lane 1 looks for the system prompt; the batch that makes its copy is held up until the
   * parked state was loaded, or that waits for the copy. Resolves to what the reader's lane writes, and what it writes alone.
   */
  async function replaceWhileRead(owner: string, wanted: string): Promise<{ text: string; alone: string }> {
    events = [];
    const parked = await ParkedStates.open(join(home.path, randomId()), { maxBytes: 1e9 });
    const tokensOf = (engine: Engine, text: string) => engine.tokenize([{ text, special: false }]);
    const sampling = resolveSampling({ ...long, maxTokens: 20 });
    const write = async (engine: Engine, sequence: Sequence, tokens: Token[]) => {
      const reply: Token[] = [];
      for await (const { token } of engine.sample(sequence, tokens, sampling, () => [], engine.batcher.priorityOf(0)))
        if (reply.push(token) === 20) break;
      return engine.detokenize(reply, []);
    };
    const before = await Engine.load({ modelPath: demoPath, ...usual, sequences: 2 }, {});
    const [first, second] = [before.openSequence(), before.openSequence()];
    const wantedTokens = tokensOf(before, wanted);
    await first.evaluateWithoutGeneratingNewTokens(wantedTokens);
    const kept = { tokens: wantedTokens, owner, conversationId: undefined, temporary: false };
    await parked.park(first, kept, (work) => before.batcher.exclusive(work));
    const birdTokens = tokensOf(before, `${system}${question("bird")}`);
    const alone = await write(before, second, birdTokens);
    await before.close();

    const engine = await Engine.load({ modelPath: demoPath, ...usual, sequences: 2 }, {});
    const lanes = new Lanes(engine, engine.batcher, parked);
    const use = <T>(asker: string, promptTokens: Token[], work: (lane: Lane) => Promise<T>) =>
      lanes.use(
        {
          generationId: randomId(),
          client: asker,
          owner: asker,
          priority: "watched",
          promptTokens,
          reusePrefix: true,
          conversationId: undefined,
          temporary: false,
          signal: new AbortController().signal,
          onPosition: () => {},
        },
        work,
      );
    const chat = tokensOf(engine, `${system}${question("dog")}${" and the dog ran home to eat".repeat(45)}`);
    await use("alice", chat, async ({ sequence }) => {
      await sequence.clearHistory();
      await sequence.evaluateWithoutGeneratingNewTokens(chat);
    });

    const [parking, looked, settled] = [signal(), signal(), signal()];
    const { park, restore } = { park: parked.park.bind(parked), restore: parked.restore.bind(parked) };
    vi.spyOn(parked, "park").mockImplementation(async (...wants) => {
      parking.give();
      await looked.given;
      await park(...wants);
    });
    vi.spyOn(parked, "restore").mockImplementation(async (...wants) => {
      const restored = await restore(...wants);
      events.push("restored");
      settled.give();
      return restored;
    });
    const returned = lanes.shared.returned.bind(lanes.shared);
    vi.spyOn(lanes.shared, "returned").mockImplementation((lane) => {
      if (lane.loans > 0) settled.give();
      return returned(lane);
    });
    const reading = use("alice", tokensOf(engine, "Hello"), async (lane) => {
      expect(lane.id).toBe(1);
      await parking.given;
      const evaluate = lane.sequence.evaluateWithoutGeneratingNewTokens.bind(lane.sequence);
      vi.spyOn(lane.sequence, "evaluateWithoutGeneratingNewTokens").mockImplementation(async (...batch) => {
        events.push("copy");
        looked.give();
        await settled.given;
        await evaluate(...batch);
        events.push("copied");
      });
      await lane.sequence.clearHistory();
      const reader = lanes.shared.begin(lane, birdTokens);
      await reader.catchUp(new AbortController().signal, () => {});
      reader.end();
      looked.give();
      return write(engine, lane.sequence, birdTokens.slice(lane.sequence.nextTokenIndex));
    });
    const replacing = use(owner, wantedTokens, async (lane) => {
      expect(lane.id).toBe(0);
      expect(lane.sequence.contextTokens).toEqual(wantedTokens);
      await lane.sequence.clearHistory();
    });
    const [text = ""] = await Promise.all([reading, replacing]);
    await engine.close();
    return { text, alone };
  }

  it("[T6] is copied from no more once it is granted to somebody else", async () => {
    const { text, alone } = await replaceWhileRead("bob", catStory.slice(system.length));
    expect(text).toBe(alone);
    expect(events).toEqual(["restored"]);
  });

  it("is replaced when the copies of what it held are made", async () => {
    const { text, alone } = await replaceWhileRead("alice", catStory);
    expect(text).toBe(alone);
    expect(events).toEqual(["copy", "copied", "restored"]);
  });
});

describe("one that reads what others wait for", () => {
  const text = "the cat sat on the mat and ".repeat(110);

  it("hangs none of them when it is stopped, and leaves them what it has read", async () => {
    const worker = await loaded(longPath);
    const outcomes = await Promise.all(
      [1, 2, 3].map((name) =>
        generate(worker, { text: `${text}${name} ${"more ".repeat(20)}` }, short, (evaluatedTokens, stop) => {
          if (name === 1 && evaluatedTokens > 100) stop();
        }),
      ),
    );
    expect(outcomes.map(({ done }) => done.stopReason)).toEqual(["stopped", "length", "length"]);
    const [first, second] = outcomes;
    expect(sum(outcomes.map(evaluated))).toBeLessThan(
      (first?.done.stats.promptTokens ?? 0) + (second?.done.stats.promptTokens ?? 0) + 200,
    );
    expect(sum(outcomes.slice(1).map(evaluated))).toBeLessThan((second?.done.stats.promptTokens ?? 0) + 100);
  });

  it("can be left by those who wait", async () => {
    const worker = await loaded(longPath);
    const outcomes = await Promise.all(
      [1, 2].map((name) =>
        generate(worker, { text: `${text}${name}` }, short, (_evaluatedTokens, stop) => {
          if (name === 2) stop();
        }),
      ),
    );
    expect(outcomes.map(({ done }) => done.stopReason)).toEqual(["length", "stopped"]);
    expect(evaluated(outcomes[0] as Outcome)).toBe(outcomes[0]?.done.stats.promptTokens);
  });

  it("shows them how far it is", async () => {
    const worker = await loaded(longPath);
    const [, second] = await Promise.all([1, 2].map((name) => generate(worker, { text: `${text}${name}` }, short)));
    const read = second?.readings.map(({ evaluatedTokens }) => evaluatedTokens) ?? [];
    expect(read.length).toBeGreaterThan(3);
    expect(read).toEqual([...read].sort((a, b) => a - b));
    expect(read.at(-1)).toBe(second?.done.stats.promptTokens);
  });
});
