import type { LaneState } from "./chooseLane.js";
import type { PrefixHolder } from "./chooseSource.js";
import type { Sequence, Token } from "./engine.js";

/** Which stored conversation something belongs to. */
export interface Belonging {
  conversationId: string | undefined;
  /** Nothing of it is put to disk: the conversation is temporary or was deleted. */
  temporary: boolean;
}

/** One of the model's sequences, and whose it is. */
export class Lane implements LaneState, PrefixHolder, Belonging {
  readonly id: number;
  readonly sequence: Sequence;
  /** What its KV cache holds, or will hold as soon as its holder's prompt is read. */
  tokens: readonly Token[] = [];
  owner = "";
  /** Somebody has it. */
  occupied = false;
  /** Copies of its cache that are being made: until they are there, nobody may change it. */
  loans = 0;
  usedAt = 0;
  /** The generation that has it. */
  holder: string | undefined;
  conversationId: string | undefined;
  temporary = false;
  readingSince: number | undefined;

  constructor(id: number, sequence: Sequence) {
    this.id = id;
    this.sequence = sequence;
  }

  get busy(): boolean {
    return this.occupied || this.loans > 0;
  }

  get heldTokens(): number {
    return Math.min(this.sequence.nextTokenIndex, this.tokens.length);
  }
}
