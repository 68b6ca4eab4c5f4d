import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../../platform/makeFolder.js";
import { parkedStatePrefix } from "../forgetParkedStates.js";
import { fileChecksum } from "./fileChecksum.js";
import { readyMemory } from "./readyMemory.js";
import { StateSizes } from "./StateSizes.js";

/** A sequence as far as parking is concerned; files have llama.cpp's own format (`llama_state_seq_save_file`). */
export interface ParkableSequence {
  saveStateToFile(path: string): Promise<unknown>;
  loadStateFromFile(path: string, options: { acceptRisk: true }): Promise<void>;
  clearHistory(): Promise<void>;
}

/** A state of so many bytes is written within some 70 ms without further ado. */
const worthReadyingBytes = 32 << 20;

/** Runs what nobody else may compute beside: every reply of the model waits for it. */
type Exclusive = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** The disk that states are put to. */
export interface ParkingDisk {
  /** How much of it is left for others. */
  readonly leftFreeBytes: number;
  freeBytes(folder: string): Promise<number>;
}

const usualDisk: ParkingDisk = {
  /** The last of the disk is for what is not read again in a minute: conversations and models. */
  leftFreeBytes: 1e9,
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/** What a sequence holds that is parked. */
export interface ParkedContent {
  readonly tokens: readonly number[];
  readonly owner: string;
  readonly conversationId: string | undefined;
}

export interface ParkingBounds {
  /** All states together. */
  readonly maxBytes: number;
  /** What a token's state takes by the model's shape; states that were written tell it better. */
  readonly bytesPerToken?: number;
}

interface ParkedState {
  readonly name: string;
  readonly tokens: readonly number[];
  /** Whose conversation it is: it is read back for nobody else. */
  readonly owner: string;
  readonly sizeBytes: number;
  readonly checksum: number;
  usedAtMs: number;
}

const cardSchema = z.object({
  tokens: z.array(z.int().min(0)),
  owner: z.string(),
  sizeBytes: z.int().min(1),
  checksum: z.int(),
  usedAtMs: z.number(),
});

/**
 * KV caches of conversations that had to leave their lane, on disk: reading one back costs a fraction of evaluating its tokens
 * again. Bounded in bytes, the longest unused goes first; what would be larger than the bound is not written. A state counts only with
 * its card (`<name>.json`), which is written last and has its checksum: nothing waits for the disk, and one that a crash or a power cut
 * left unfinished is told by it.
 */
export class ParkedStates {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #bytesPerToken: number;
  readonly #disk: ParkingDisk;
  readonly #states = new Map<string, ParkedState>();
  readonly #sizes = new StateSizes();
  readonly #coming = new Set<ParkedContent>();
  #before: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, { maxBytes, bytesPerToken = 0 }: ParkingBounds, disk: ParkingDisk) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#bytesPerToken = bytesPerToken;
    this.#disk = disk;
  }

  /** Opens the folder of one model with one context shape; what does not belong together is removed. */
  static async open(folder: string, bounds: ParkingBounds, disk = usualDisk): Promise<ParkedStates> {
    const parked = new ParkedStates(folder, bounds, disk);
    await makeFolder(folder);
    const names = await readdir(folder);
    for (const name of names.filter((entry) => entry.endsWith(".json"))) await parked.#readCard(name.slice(0, -5));
    const kept = new Set([...parked.#states.keys()].flatMap((name) => [`${name}.json`, `${name}.state`]));
    for (const name of names) if (!kept.has(name)) await rm(join(folder, name), { force: true });
    return parked;
  }

  /** How many of `tokens` from the first on the best parked state holds, those included that are being put to disk. */
  bestPrefix(tokens: readonly number[], owner: string): number {
    const coming = [...this.#coming].filter((content) => content.owner === owner);
    return Math.max(0, ...[...this.#of(owner), ...coming].map((state) => prefixLength(state.tokens, tokens)));
  }

  /** True when everything in `tokens` can be read back, or will be in a moment. */
  holds(tokens: readonly number[], owner: string): boolean {
    return this.bestPrefix(tokens, owner) === tokens.length;
  }

  /**
   * Puts the sequence's cache to disk. Where there is no room for it, and older states that go would make none, nothing happens.
   * `exclusive` runs the one part that nobody else may compute beside. Resolves as soon as the sequence may hold something else;
   * {@link settled} tells when the state counts.
   */
  park(sequence: ParkableSequence, content: ParkedContent, exclusive: Exclusive): Promise<void> {
    this.#coming.add(content);
    return new Promise((resolve, reject) => {
      this.#inTurn(() => this.#park(sequence, content, exclusive, resolve))
        .finally(() => this.#coming.delete(content))
        .then(resolve, reject);
    });
  }

  /** Resolves when all that was begun is on disk or given up. */
  async settled(): Promise<void> {
    await this.#before;
  }

  async #park(
    sequence: ParkableSequence,
    content: ParkedContent,
    exclusive: Exclusive,
    onSaved: () => void,
  ): Promise<void> {
    const { tokens, owner, conversationId } = content;
    const name = `${conversationId === undefined ? "" : parkedStatePrefix(conversationId)}${randomUUID()}`;
    const [partial, path, card] = [`${name}.partial`, `${name}.state`, `${name}.json`].map((file) =>
      join(this.#folder, file),
    ) as [string, string, string];
    // A state that the new one begins with has nothing of its own any more.
    const outdated = this.#of(owner).filter((old) => prefixLength(old.tokens, tokens) === old.tokens.length);
    const expectedBytes = this.#sizes.expectedBytes(tokens.length);
    if (!(await this.#makeRoom(expectedBytes, expectedBytes, outdated))) return;
    try {
      const likelyBytes = expectedBytes || Math.ceil(tokens.length * this.#bytesPerToken);
      if (likelyBytes >= worthReadyingBytes) await readyMemory(partial, likelyBytes);
      await exclusive(() => sequence.saveStateToFile(partial));
      onSaved();
      const { size: sizeBytes } = await stat(partial);
      this.#sizes.add(tokens.length, sizeBytes);
      // It may have become larger than expected, and others write, too.
      if (!(await this.#makeRoom(sizeBytes, 0, outdated))) return;
      const checksum = await fileChecksum(partial);
      const state: ParkedState = { name, tokens: [...tokens], owner, sizeBytes, checksum, usedAtMs: this.#nowMs() };
      for (const old of outdated) await this.#remove(old);
      await rename(partial, path);
      await writeFile(
        `${card}.partial`,
        JSON.stringify({ tokens: state.tokens, owner, sizeBytes, checksum, usedAtMs: state.usedAtMs }),
        { mode: 0o600 },
      );
      await rename(`${card}.partial`, card);
      this.#states.set(name, state);
    } finally {
      await rm(partial, { force: true });
    }
  }

  /**
   * Reads the state with the longest common prefix into the sequence, if that is at least `fewestTokens` long. False: none is, or it could not
   * be used and is gone. `exclusive` runs the one part that nobody else may compute beside.
   */
  restore(
    sequence: ParkableSequence,
    tokens: readonly number[],
    owner: string,
    fewestTokens: number,
    exclusive: Exclusive,
  ): Promise<boolean> {
    return this.#inTurn(() => this.#restore(sequence, tokens, owner, fewestTokens, exclusive));
  }

  async #restore(
    sequence: ParkableSequence,
    tokens: readonly number[],
    owner: string,
    fewestTokens: number,
    exclusive: Exclusive,
  ): Promise<boolean> {
    let best: ParkedState | undefined;
    for (const state of this.#of(owner))
      if (best === undefined || prefixLength(state.tokens, tokens) > prefixLength(best.tokens, tokens)) best = state;
    // One that was being put to disk when somebody counted on it may have found no room.
    if (best === undefined || prefixLength(best.tokens, tokens) < fewestTokens) return false;
    try {
      const path = join(this.#folder, `${best.name}.state`);
      // llama.cpp believes what the file says of itself: one that is damaged takes all the memory there is, or answers nonsense.
      if ((await fileChecksum(path)) !== best.checksum) throw new Error("The parked state is damaged.");
      await exclusive(async () => {
        // The engine forgets what the sequence held before it looks at the file: should it refuse that, both have to know of nothing.
        await sequence.clearHistory();
        await sequence.loadStateFromFile(path, { acceptRisk: true });
      });
      best.usedAtMs = this.#nowMs();
      return true;
    } catch {
      await this.#remove(best);
      return false;
    }
  }

  /** Removes what is parked of a conversation. */
  forget(conversationId: string): Promise<void> {
    const prefix = parkedStatePrefix(conversationId);
    return this.#inTurn(async () => {
      for (const state of [...this.#states.values()]) if (state.name.startsWith(prefix)) await this.#remove(state);
    });
  }

  /** One after the other: two that make room at once would count on the same. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#before.then(work);
    this.#before = done.catch(() => undefined);
    return done;
  }

  /** Later than every other use, also after the clock was set back: the ones parked last would be the first to go. */
  #nowMs(): number {
    return Math.max(Date.now(), ...[...this.#states.values()].map(({ usedAtMs }) => usedAtMs + 1));
  }

  #of(owner: string): ParkedState[] {
    return [...this.#states.values()].filter((state) => state.owner === owner);
  }

  async #readCard(name: string): Promise<void> {
    try {
      const card = cardSchema.parse(JSON.parse(await readFile(join(this.#folder, `${name}.json`), "utf8")));
      const { size } = await stat(join(this.#folder, `${name}.state`));
      if (size !== card.sizeBytes) return;
      this.#states.set(name, { name, ...card });
      this.#sizes.add(card.tokens.length, size);
    } catch {
      // Not a whole pair: the caller removes it.
    }
  }

  /**
   * Removes states until one of `sizeBytes` may be kept beside those that are left and the disk has room for the `unwrittenBytes` of it:
   * first those that are `outdated`, then the longest unused. False: that would not be enough, and none was removed.
   */
  async #makeRoom(sizeBytes: number, unwrittenBytes: number, outdated: readonly ParkedState[]): Promise<boolean> {
    const freeBytes = await this.#disk.freeBytes(this.#folder);
    const byAge = [...this.#states.values()].sort((a, b) => a.usedAtMs - b.usedAtMs);
    const removable = [...new Set([...outdated, ...byAge])].filter(({ name }) => this.#states.has(name));
    const heldBytes = removable.reduce((sum, state) => sum + state.sizeBytes, 0);
    let missingBytes = Math.max(
      heldBytes + sizeBytes - this.#maxBytes,
      unwrittenBytes + this.#disk.leftFreeBytes - freeBytes,
    );
    if (missingBytes > heldBytes) return false;
    for (const state of removable) {
      if (missingBytes <= 0) break;
      missingBytes -= state.sizeBytes;
      await this.#remove(state);
    }
    return true;
  }

  async #remove(state: ParkedState): Promise<void> {
    this.#states.delete(state.name);
    await rm(join(this.#folder, `${state.name}.json`), { force: true });
    await rm(join(this.#folder, `${state.name}.state`), { force: true });
  }
}

/** How many tokens both begin with. */
export function prefixLength(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}
