import type { GgufWriter } from "./gguf/GgufWriter.js";

/** What a crash may cost: after so many bytes the file is made durable and a checkpoint reported. */
const checkpointBytes = 32 * 2 ** 20;

/**
 * Makes a file durable piece by piece while it is written, and says how far that is. The disk works beside the quantizer: nothing waits
 * for it before the end, and little is left for it then.
 */
export class DurableProgress {
  readonly #writer: GgufWriter;
  readonly #report: (tensorsDone: number) => Promise<void>;
  #durableBytes: number;
  #durableTensors: number;
  #underWay: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  /** `report` is called with the number of tensors that are on the disk for certain, never twice at once. */
  constructor(writer: GgufWriter, report: (tensorsDone: number) => Promise<void>) {
    this.#writer = writer;
    this.#report = report;
    this.#durableBytes = writer.bytesWritten;
    this.#durableTensors = writer.tensorsDone;
  }

  /** Call after something was written. Throws what went wrong with an earlier piece. */
  appended(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    const { tensorsDone, bytesWritten } = this.#writer;
    if (this.#underWay !== undefined || tensorsDone === this.#durableTensors) return;
    if (bytesWritten - this.#durableBytes < checkpointBytes) return;
    this.#underWay = this.#makeDurable()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#underWay = undefined;
      });
  }

  /** Everything is written: returns when it is durable and reported. Throws what went wrong. */
  async finish(): Promise<void> {
    await this.settled();
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#writer.tensorsDone > this.#durableTensors) await this.#makeDurable();
  }

  /** Returns when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #makeDurable(): Promise<void> {
    const { tensorsDone, bytesWritten } = this.#writer;
    this.#durableTensors = tensorsDone;
    this.#durableBytes = bytesWritten;
    await this.#writer.sync();
    await this.#report(tensorsDone);
  }
}
