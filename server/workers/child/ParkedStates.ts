import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parkedStatePrefix } from "../forgetParkedStates.js";
import { fileChecksum } from "./fileChecksum.js";

/** A sequence as far as parking is concerned; files have llama.cpp's own format (`llama_state_seq_save_file`). */
export interface ParkableSequence {
  saveStateToFile(path: string): Promise<unknown>;
  loadStateFromFile(path: string, options: { acceptRisk: true }): Promise<void>;
  clearHistory(): Promise<void>;
}

/** The last of the disk is for what is not read again in a minute: conversations and models. */
const leftFreeBytes = 1e9;

/** What a sequence holds that is parked; `temporary` may become true at any time, and then nothing of it stays on disk. */
export interface ParkedContent {
  readonly tokens: readonly number[];
  readonly owner: string;
  readonly conversationId: string | undefined;
  readonly temporary: boolean;
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
 * again. Bounded in bytes, the longest unused goes first. A state counts only with its card (`<name>.json`), which is written
 * after the state is safely on disk, so one that a crash cut short is never used.
 */
export class ParkedStates {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #leftFreeBytes: number;
  readonly #states = new Map<string, ParkedState>();

  private constructor(folder: string, maxBytes: number, leaveFreeBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#leftFreeBytes = leaveFreeBytes;
  }

  /** Opens the folder of one model with one context shape; what does not belong together is removed. */
  static async open(folder: string, maxBytes: number, leaveFreeBytes = leftFreeBytes): Promise<ParkedStates> {
    const parked = new ParkedStates(folder, maxBytes, leaveFreeBytes);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const names = await readdir(folder);
    for (const name of names.filter((entry) => entry.endsWith(".json"))) await parked.#readCard(name.slice(0, -5));
    const kept = new Set([...parked.#states.keys()].flatMap((name) => [`${name}.json`, `${name}.state`]));
    for (const name of names) if (!kept.has(name)) await rm(join(folder, name), { force: true });
    return parked;
  }

  /** How many of `tokens` from the first on the best parked state holds. */
  bestPrefix(tokens: readonly number[], owner: string): number {
    return Math.max(0, ...this.#of(owner).map((state) => prefixLength(state.tokens, tokens)));
  }

  /** True when everything in `tokens` can be read back already. */
  holds(tokens: readonly number[], owner: string): boolean {
    return this.bestPrefix(tokens, owner) === tokens.length;
  }

  /** Puts the sequence's cache to disk. Without room for it nothing happens. */
  async park(sequence: ParkableSequence, content: ParkedContent): Promise<void> {
    const { tokens, owner, conversationId } = content;
    const name = `${conversationId === undefined ? "" : parkedStatePrefix(conversationId)}${randomUUID()}`;
    const [partial, path, card] = [`${name}.partial`, `${name}.state`, `${name}.json`].map((file) =>
      join(this.#folder, file),
    ) as [string, string, string];
    try {
      await sequence.saveStateToFile(partial);
      const file = await open(partial, "r+");
      await file.sync();
      await file.close();
      const { size: sizeBytes } = await stat(partial);
      if (sizeBytes > this.#maxBytes || (await freeBytes(this.#folder)) < this.#leftFreeBytes) return;
      const checksum = await fileChecksum(partial);
      const state: ParkedState = { name, tokens: [...tokens], owner, sizeBytes, checksum, usedAtMs: Date.now() };
      // A state that the new one begins with has nothing of its own any more.
      for (const old of this.#of(owner))
        if (prefixLength(old.tokens, tokens) === old.tokens.length) await this.#remove(old);
      await this.#makeRoom(sizeBytes);
      await rename(partial, path);
      await writeFile(
        `${card}.partial`,
        JSON.stringify({ tokens: state.tokens, owner, sizeBytes, checksum, usedAtMs: state.usedAtMs }),
        { mode: 0o600 },
      );
      await rename(`${card}.partial`, card);
      this.#states.set(name, state);
      if (content.temporary) await this.#remove(state);
    } finally {
      await rm(partial, { force: true });
    }
  }

  /** Reads the state with the longest common prefix into the sequence. False: it could not be used and is gone. */
  async restore(sequence: ParkableSequence, tokens: readonly number[], owner: string): Promise<boolean> {
    let best: ParkedState | undefined;
    for (const state of this.#of(owner))
      if (best === undefined || prefixLength(state.tokens, tokens) > prefixLength(best.tokens, tokens)) best = state;
    if (best === undefined) return false;
    try {
      const path = join(this.#folder, `${best.name}.state`);
      // llama.cpp believes what the file says of itself: one that is damaged takes all the memory there is, or answers nonsense.
      if ((await fileChecksum(path)) !== best.checksum) throw new Error("The parked state is damaged.");
      // The engine forgets what the sequence held before it looks at the file: should it refuse that, both have to know of nothing.
      await sequence.clearHistory();
      await sequence.loadStateFromFile(path, { acceptRisk: true });
      best.usedAtMs = Date.now();
      return true;
    } catch {
      await this.#remove(best);
      return false;
    }
  }

  /** Removes what is parked of a conversation. */
  async forget(conversationId: string): Promise<void> {
    const prefix = parkedStatePrefix(conversationId);
    for (const state of [...this.#states.values()]) if (state.name.startsWith(prefix)) await this.#remove(state);
  }

  #of(owner: string): ParkedState[] {
    return [...this.#states.values()].filter((state) => state.owner === owner);
  }

  async #readCard(name: string): Promise<void> {
    try {
      const card = cardSchema.parse(JSON.parse(await readFile(join(this.#folder, `${name}.json`), "utf8")));
      const { size } = await stat(join(this.#folder, `${name}.state`));
      if (size === card.sizeBytes) this.#states.set(name, { name, ...card });
    } catch {
      // Not a whole pair: the caller removes it.
    }
  }

  async #makeRoom(sizeBytes: number): Promise<void> {
    const byAge = [...this.#states.values()].sort((a, b) => a.usedAtMs - b.usedAtMs);
    let totalBytes = byAge.reduce((sum, state) => sum + state.sizeBytes, sizeBytes);
    for (const state of byAge) {
      if (totalBytes <= this.#maxBytes) return;
      totalBytes -= state.sizeBytes;
      await this.#remove(state);
    }
  }

  async #remove(state: ParkedState): Promise<void> {
    this.#states.delete(state.name);
    await rm(join(this.#folder, `${state.name}.json`), { force: true });
    await rm(join(this.#folder, `${state.name}.state`), { force: true });
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** How many tokens both begin with. */
export function prefixLength(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}
