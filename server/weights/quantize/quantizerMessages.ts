import type { GgmlTypeName } from "../ggmlTypes.js";
import type { RowBlock } from "../TensorEncoder.js";

export interface EncodeRequest extends RowBlock {
  readonly id: number;
  /** Moved to the thread, not copied. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly target: GgmlTypeName;
}

export type QuantizerReply =
  | {
      readonly kind: "encoded";
      readonly id: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
      /**
       * The request's memory, when it is not that of `bytes`. It goes back because each thread lets 32 MiB or so of
       * unused buffers pile up before it frees them; like this only one thread does.
       */
      readonly used: ArrayBuffer | undefined;
    }
  /** A value of the rows, or a scale that would have to be written for them, is NaN or infinite. */
  | { readonly kind: "notFinite"; readonly id: number; readonly where: "source" | "result" }
  /** Without an `id` it is the thread itself that cannot work. */
  | { readonly kind: "failed"; readonly id: number | undefined; readonly error: unknown };
