import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "../../platform/randomId.js";
import type { Engine, Token } from "../../workers/child/engine.js";
import { fitPrompt } from "../../workers/child/fitPrompt.js";
import type { Lane } from "../../workers/child/Lane.js";
import { Lanes } from "../../workers/child/Lanes.js";
import { ParkedStates, prefixLength } from "../../workers/child/ParkedStates.js";
import { runGeneration } from "../../workers/child/runGeneration.js";
import { parkedStatePrefix } from "../../workers/forgetParkedStates.js";
import { decided, LoneWriter, loadDemo, mostTokens } from "./LoneWriter.js";
import { conversationCount, type LaneAction } from "./laneActions.js";

const contextTokens = 512;
/** Fewer than conversations: caches are parked, read back, copied and overwritten all the time. */
const sequences = 3;
const owners = ["alice", "bob"];
/** Room for some five states of a long conversation: the oldest go. */
const parkedBytes = 4_000_000;
const systems = [
  "You tell stories for small children, and nobody in them is hurt. ",
  "The sun was warm, the sky was blue and the birds sang in the tree. ",
  "Mom and dad said that they had a big surprise for the little boy. ",
];
const subjects = ["dog", "cat", "bird", "little girl named Lily", "big red ball", "old tree", "boat", "king"];

interface Conversation {
  readonly id: string;
  readonly owner: string;
  readonly temporary: boolean;
  readonly system: string;
  readonly turns: string[];
}

/** What a conversation's replies have made the engine hold: of no other may anything be found under its name. */
interface Held {
  readonly conversation: Conversation;
  readonly promptTokens: Token[];
  readonly contextShift: boolean;
  text: string;
}

/**
 * Many conversations of several owners on few lanes of the real engine, who do random things at random moments. It notes what they
 * saw; {@link findFaults} says what of it is not as if each had been alone.
 */
export class LaneDrill {
  readonly #folder: string;
  readonly #engine: Engine;
  readonly #lanes: Lanes;
  readonly #conversations: Conversation[] = [];
  readonly #held: Held[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #faults: string[] = [];
  readonly #forgotten = new Set<string>();
  #pieces = 0;
  #onPiece: () => void = () => {};
  readonly counts = { replies: 0, stopped: 0, refused: 0, cachedTokens: 0, restored: 0 };

  private constructor(folder: string, engine: Engine, parked: ParkedStates) {
    this.#folder = folder;
    this.#engine = engine;
    this.#lanes = new Lanes(engine, engine.batcher, parked);
    const restore = parked.restore.bind(parked);
    parked.restore = (...wants) => {
      this.counts.restored++;
      return restore(...wants);
    };
    for (let number = 0; number < conversationCount; number++) this.#conversations.push(this.#conversation(number));
  }

  static async start(folder: string): Promise<LaneDrill> {
    const engine = await loadDemo(contextTokens, sequences);
    return new LaneDrill(folder, engine, await ParkedStates.open(folder, { maxBytes: parkedBytes }));
  }

  /** Begins it once its moment has come. */
  async act(action: LaneAction): Promise<void> {
    await this.#piecesLater(action.afterPieces);
    this.#begin(this.#perform(action));
  }

  /** Waits for all of it; what is wrong then, in words. */
  async findFaults(): Promise<string[]> {
    await this.#settled();
    await this.#lanes.parkIdle();
    this.#checkRest();
    await this.#checkDisk();
    // Every lane can still be had.
    await Promise.all(
      Array.from({ length: sequences }, (_, number) => {
        const somebody = { ...this.#conversation(number), owner: `somebody ${number}`, turns: ["Hello"] };
        return this.#reply(somebody, { maxTokens: 2 });
      }),
    );
    this.#checkRest();
    await this.#engine.close();
    await this.#checkTexts();
    return this.#faults;
  }

  #conversation(number: number): Conversation {
    return {
      id: randomId(),
      owner: owners[number % owners.length] as string,
      temporary: number % 4 === 3,
      system: (systems[Math.floor(number / 2) % systems.length] as string).repeat(13),
      turns: [],
    };
  }

  #perform(action: LaneAction): Promise<void> {
    const conversation = this.#conversations[action.conversation] as Conversation;
    const { turns } = conversation;
    const subject = subjects[action.detail % subjects.length] as string;
    const turn = `\nTell a story about a ${subject}. ${action.detail} times it went home. Once upon a time`;
    switch (action.kind) {
      case "new":
        turns.push(turn);
        return this.#reply(conversation, action);
      case "again":
        if (turns.length === 0) turns.push(turn);
        return this.#reply(conversation, action);
      case "edit":
        turns.splice(action.detail % (turns.length + 1), Number.POSITIVE_INFINITY, turn);
        return this.#reply(conversation, action);
      case "tooLong":
        return this.#reply({ ...conversation, turns: [turn.repeat(60)] }, { ...action, contextShift: false });
      case "foreign":
        return this.#reply({ ...conversation, id: randomId(), owner: randomId(), turns: [...turns] }, action);
      case "forget":
        return this.#forget(action.conversation);
      case "park":
        return this.#lanes.parkIdle();
      default:
        return action.kind satisfies never;
    }
  }

  async #forget(number: number): Promise<void> {
    const conversation = this.#conversations[number] as Conversation;
    this.#conversations[number] = this.#conversation(number);
    await this.#lanes.forget(conversation.id);
    this.#forgotten.add(conversation.id);
  }

  async #reply(conversation: Conversation, action: Partial<LaneAction>): Promise<void> {
    const { owner, temporary, turns } = conversation;
    const { contextShift = false, maxTokens = 4, stopAfter, cachePrompt = true } = action;
    const said = turns.length;
    const wholePrompt = this.#engine.tokenize([{ text: conversation.system + turns.join(""), special: false }]);
    const controller = new AbortController();
    let promptTokens: Token[];
    try {
      promptTokens = fitPrompt(wholePrompt, contextTokens, contextShift);
    } catch {
      this.counts.refused++;
      conversation.turns.length = 0;
      return;
    }
    const held: Held = { conversation, promptTokens, contextShift, text: "" };
    this.#held.push(held);
    let signs = 0;
    const live = () => {
      if (signs++ === stopAfter) controller.abort();
      this.#pieces++;
      this.#onPiece();
    };
    try {
      const outcome = this.#lanes.use(
        {
          generationId: randomId(),
          client: owner,
          owner,
          priority: action.background === true ? "background" : "watched",
          promptTokens,
          reusePrefix: cachePrompt,
          conversationId: conversation.id,
          temporary,
          signal: controller.signal,
          onPosition: live,
        },
        (lane) => {
          this.#checkLane(lane, owner);
          return runGeneration(this.#engine, lane, {
            promptTokens,
            sampling: decided(maxTokens),
            reusePrefix: cachePrompt,
            shared: this.#lanes.shared,
            contextShift,
            signal: controller.signal,
            onReading: live,
            onText: (text) => {
              held.text += text;
              live();
            },
          });
        },
      );
      if (stopAfter === 0) controller.abort();
      const { stopReason, stats } = (await outcome) ?? { stopReason: "stopped" };
      this.counts[stopReason === "stopped" ? "stopped" : "replies"]++;
      this.counts.cachedTokens += stats?.cachedTokens ?? 0;
      this.#checkCached(held, cachePrompt, stats?.cachedTokens ?? 0);
      if (stopReason !== "stopped" && conversation.turns.length === said) conversation.turns.push(held.text);
    } catch (error) {
      this.#faults.push(`A reply failed: ${String(error)}`);
    }
  }

  #checkLane(lane: Lane, owner: string): void {
    if (lane.owner !== owner) this.#faults.push(`A lane of ${lane.owner} was given to ${owner}.`);
    if (prefixLength(lane.tokens, lane.sequence.contextTokens) !== lane.tokens.length)
      this.#faults.push("A lane was said to hold what its sequence does not.");
  }

  /** Of its prompt may be cached what the same owner's other prompts and their replies have begun with. */
  #checkCached(held: Held, cachePrompt: boolean, cachedTokens: number): void {
    const { promptTokens, conversation } = held;
    const others = this.#held.filter((other) => other !== held && other.conversation.owner === conversation.owner);
    const most = others.map((other) => prefixLength(other.promptTokens, promptTokens) + mostTokens);
    const mayBeCached = cachePrompt ? Math.max(0, ...most) : 0;
    if (cachedTokens > mayBeCached)
      this.#faults.push(
        `${cachedTokens} tokens were cached for ${conversation.owner}, not ${mayBeCached} at the most.`,
      );
  }

  #checkRest(): void {
    const { lanes, waiting } = this.#lanes.figures;
    const { decoding, writing } = this.#engine.batcher;
    const taken = lanes.filter(({ generationId }) => generationId !== undefined).length;
    if (taken + waiting + decoding + writing > 0)
      this.#faults.push(`Left at the end: ${JSON.stringify({ taken, waiting, decoding, writing })}`);
  }

  /** What is on disk is the beginning of what a conversation that is to be kept has said, under that conversation's name. */
  async #checkDisk(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const of = this.#held.filter(({ conversation: { id } }) => name.startsWith(parkedStatePrefix(id)));
      const conversation = of[0]?.conversation;
      if (conversation === undefined) this.#faults.push(`${name} is on disk, which is nobody's.`);
      else if (conversation.temporary) this.#faults.push("A temporary conversation is on disk.");
      else if (this.#forgotten.has(conversation.id)) this.#faults.push("A forgotten conversation is on disk.");
      else if (name.endsWith(".partial")) this.#faults.push("A half-written state is on disk.");
      else if (name.endsWith(".json")) {
        const { tokens } = JSON.parse(await readFile(join(this.#folder, name), "utf8")) as { tokens: Token[] };
        // What was shifted is a piece of it behind its first token.
        const text = this.#engine.detokenize(tokens.slice(1), tokens.slice(0, 1));
        const said = of.map((held) => this.#engine.detokenize(held.promptTokens, []) + held.text);
        if (!said.some((all) => all.includes(text.trim())))
          this.#faults.push(`A conversation has another's text on disk: ${text.slice(-200)}`);
      }
    }
  }

  /** Each text, or what came of it, is what an engine writes that was asked nothing else. */
  async #checkTexts(): Promise<void> {
    const alone = await LoneWriter.start(contextTokens);
    for (const { promptTokens, contextShift, text } of this.#held) {
      if (text === "") continue;
      const expected = await alone.differs(text, promptTokens, contextShift);
      if (expected !== undefined)
        this.#faults.push(`Alone it is ${JSON.stringify(expected)}, not ${JSON.stringify(text)}.`);
    }
    await alone.close();
  }

  #begin(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => void this.#faults.push(`Something failed: ${String(error)}`))
      .finally(() => {
        this.#underWay.delete(done);
        this.#onPiece();
      });
    this.#underWay.add(done);
  }

  async #piecesLater(count: number): Promise<void> {
    const until = this.#pieces + count;
    while (this.#pieces < until && this.#underWay.size > 0)
      await new Promise<void>((resolve) => {
        this.#onPiece = resolve;
      });
  }

  async #settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}
