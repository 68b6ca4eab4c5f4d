import { createContext } from "react";
import type { mathParts } from "./mathParts.js";

/** What the parts of a block must know of it. A context, so that they stay the same components, and their nodes the same nodes. */
export interface BlockState {
  /** It is still being written. */
  open: boolean;
  /** It was written before the reader's eyes. */
  live: boolean;
  /** Draws formulas, once it is there and if there are any. */
  math: typeof mathParts | undefined;
}

export const BlockContext = createContext<BlockState>({ open: false, live: false, math: undefined });
