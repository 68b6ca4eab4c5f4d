import { AppError } from "../../platform/AppError.js";
import type { EngineFigures } from "../messages.js";
import type { Batcher } from "./Batcher.js";
import { chooseLane } from "./chooseLane.js";
import type { Engine, Token } from "./engine.js";
import { FairQueue, type QueueEntry } from "./FairQueue.js";
import { type Belonging, Lane } from "./Lane.js";
import { type ParkedContent, type ParkedStates, prefixLength } from "./ParkedStates.js";
import { QueuePositions } from "./QueuePositions.js";
import { SharedPrefixes } from "./SharedPrefixes.js";

/** Somebody who wants a lane. */
export interface LaneRequest extends QueueEntry, Readonly<Belonging> {
  readonly generationId: string;
  readonly owner: string;
  readonly promptTokens: Token[];
  /** False: it goes on from nothing that is in a cache or on disk. */
  readonly reusePrefix: boolean;
  readonly signal: AbortSignal;
  /** 1 is next; called whenever the place in the queue changes. */
  readonly onPosition: (position: number) => void;
}

interface Waiting extends QueueEntry {
  readonly request: LaneRequest;
  readonly grant: (lane: Lane) => void;
  readonly onPosition: (position: number) => void;
}

/** More than this many waiting generations are refused: the last of them would wait for hours. */
export const queueLimit = 512;
/** A cache that is shorter is read again faster than it is parked. */
const worthParkingTokens = 192;
/** How much longer a parked prefix has to be than the lane's own to be read back. */
const worthRestoringTokens = 128;

/** The model's sequences: who gets which, who waits, and what becomes of caches that have to leave. */
export class Lanes {
  /** What they have in common. */
  readonly shared: SharedPrefixes;
  readonly #lanes: Lane[];
  readonly #batcher: Batcher;
  readonly #parked: ParkedStates | undefined;
  /** What lanes will belong to whose holders wait for them, or for what has to leave them first. */
  readonly #coming = new Set<Belonging>();
  readonly #queue = new FairQueue<Waiting>();
  readonly #positions = new QueuePositions(() => this.#queue.inOrder());
  #clock = 0;

  constructor(engine: Engine, batcher: Batcher, parked: ParkedStates | undefined) {
    this.#batcher = batcher;
    this.#parked = parked;
    this.#lanes = Array.from({ length: engine.info.sequences }, (_, id) => new Lane(id, engine.openSequence()));
    this.shared = new SharedPrefixes(this.#lanes, batcher, () => this.#grantNext());
  }

  /** What each lane does, by sequence id, and how many wait. */
  get figures(): Pick<EngineFigures, "lanes" | "waiting"> {
    return {
      lanes: this.#lanes.map(({ holder, sequence }) => ({
        ...(holder === undefined ? {} : { generationId: holder }),
        heldTokens: sequence.nextTokenIndex,
      })),
      waiting: this.#queue.length,
    };
  }

  /**
   * Runs `work` on a lane once one is free. A request whose signal is aborted while it waits leaves the queue and resolves to
   * `undefined`. Throws `queue_full`.
   */
  async use<T>(request: LaneRequest, work: (lane: Lane) => Promise<T>): Promise<T | undefined> {
    const coming: Belonging = { conversationId: request.conversationId, temporary: request.temporary };
    this.#coming.add(coming);
    try {
      const lane = this.#take(request) ?? (await this.#wait(request));
      return lane === undefined ? undefined : await this.#hold(lane, request, coming, work);
    } finally {
      this.#coming.delete(coming);
    }
  }

  async #hold<T>(lane: Lane, request: LaneRequest, coming: Belonging, work: (lane: Lane) => Promise<T>): Promise<T> {
    lane.holder = request.generationId;
    try {
      await this.#prepare(lane, request);
      Object.assign(lane, coming);
      return await work(lane);
    } finally {
      lane.tokens = lane.sequence.contextTokens;
      lane.holder = undefined;
      lane.occupied = false;
      this.#grantNext();
    }
  }

  /** Puts every idle lane's cache to disk, so that it survives this process, for as long as `goOn` says so. */
  async parkIdle(goOn: () => boolean = () => true): Promise<void> {
    for (const lane of this.#lanes) {
      if (!goOn()) break;
      if (lane.busy) continue;
      lane.occupied = true;
      try {
        await this.#park(lane);
      } finally {
        lane.occupied = false;
        this.#grantNext();
      }
    }
    await this.#parked?.settled();
  }

  /** Drops what is kept of a conversation. Replies of it that are under way or wait go on; what they leave is not put to disk. */
  async forget(conversationId: string): Promise<void> {
    const belongsToIt = (it: Belonging) => it.conversationId === conversationId;
    for (const it of [...this.#lanes, ...this.#coming].filter(belongsToIt)) it.temporary = true;
    for (const lane of this.#lanes) {
      if (!belongsToIt(lane) || lane.occupied) continue;
      lane.occupied = true;
      try {
        await this.#handOver(lane, lane.owner);
      } finally {
        lane.occupied = false;
        this.#grantNext();
      }
    }
    await this.#parked?.forget(conversationId);
  }

  #take(request: LaneRequest): Lane | undefined {
    const lane = this.#choose(request);
    if (lane === undefined) return undefined;
    this.#queue.noteServed(request.client);
    this.#occupy(lane);
    return lane;
  }

  #choose({ promptTokens, reusePrefix, owner }: LaneRequest): Lane | undefined {
    const isParked = (lane: Lane) => this.#parked?.holds(lane.tokens, lane.owner) === true;
    return chooseLane(this.#lanes, reusePrefix ? promptTokens : [], owner, this.shared.worthTokens, isParked);
  }

  #occupy(lane: Lane): void {
    lane.occupied = true;
    lane.usedAt = ++this.#clock;
  }

  #wait(request: LaneRequest): Promise<Lane | undefined> {
    if (this.#queue.length >= queueLimit)
      throw new AppError("queue_full", `${this.#queue.length} generations are waiting for this model already.`, {
        hint: "Try again in a few minutes.",
      });
    return new Promise((resolve) => {
      const leave = () => {
        if (!this.#queue.remove(waiting)) return;
        this.#positions.moved();
        resolve(undefined);
      };
      const waiting: Waiting = {
        request,
        client: request.client,
        priority: request.priority,
        grant: (lane) => {
          request.signal.removeEventListener("abort", leave);
          resolve(lane);
        },
        onPosition: request.onPosition,
      };
      this.#queue.push(waiting);
      request.signal.addEventListener("abort", leave, { once: true });
      this.#positions.entered(waiting);
    });
  }

  #grantNext(): void {
    const next = this.#queue.inOrder()[0];
    if (next === undefined) return;
    const lane = this.#choose(next.request);
    if (lane === undefined) return;
    this.#queue.shift();
    this.#occupy(lane);
    next.grant(lane);
    this.#positions.moved();
  }

  /** Saves what the prompt would overwrite and brings back what was parked of it. */
  async #prepare(lane: Lane, { promptTokens, reusePrefix, owner }: LaneRequest): Promise<void> {
    const own = reusePrefix && lane.owner === owner ? prefixLength(lane.tokens, promptTokens) : 0;
    const parking = lane.tokens.length - own >= worthParkingTokens ? this.#park(lane) : undefined;
    // What the prompt overwrites is nobody's to copy any more, also not while it is put to disk.
    lane.tokens = lane.tokens.slice(0, own);
    await parking;
    if (lane.owner !== owner) await this.#handOver(lane, owner);
    if (!reusePrefix) return;
    const held = Math.max(own, this.shared.heldBeside(lane, promptTokens, owner));
    const worthTokens = held + worthRestoringTokens;
    if (this.#parked === undefined || this.#parked.bestPrefix(promptTokens, owner) < worthTokens) return;
    lane.tokens = [];
    // A copy that is noted but not made yet would be one of the state that is loaded.
    await this.shared.returned(lane);
    await this.#parked.restore(lane.sequence, promptTokens, owner, worthTokens, (work) =>
      this.#batcher.exclusive(work),
    );
    lane.tokens = lane.sequence.contextTokens;
  }

  /** Nothing of what the lane holds may serve somebody else. */
  async #handOver(lane: Lane, owner: string): Promise<void> {
    lane.tokens = [];
    await this.shared.returned(lane);
    if (lane.sequence.nextTokenIndex > 0) await this.#batcher.exclusive(() => lane.sequence.clearHistory());
    lane.owner = owner;
  }

  /** Puts to disk what the lane holds now, whatever is said of it meanwhile. Resolves as soon as it may hold something else. */
  async #park(lane: Lane): Promise<void> {
    if (
      this.#parked === undefined ||
      lane.temporary ||
      lane.tokens.length < worthParkingTokens ||
      this.#parked.holds(lane.tokens, lane.owner)
    )
      return;
    const { tokens, owner, conversationId } = lane;
    const content: ParkedContent = { tokens, owner, conversationId };
    try {
      await this.#parked.park(lane.sequence, content, (work) => this.#batcher.exclusive(work));
    } catch {
      // A full disk: the cache is read again when it is wanted.
    }
  }
}
