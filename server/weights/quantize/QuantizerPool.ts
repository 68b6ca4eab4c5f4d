import { Worker } from "node:worker_threads";
import { AppError } from "../../platform/AppError.js";
import type { GgmlTypeName } from "../ggmlTypes.js";
import { NotFiniteError, type RowBlock, type TensorEncoder } from "../TensorEncoder.js";
import { loadGgmlNative } from "./ggmlNative.js";
import type { EncodeRequest, QuantizerReply } from "./quantizerMessages.js";

/** One block in work and one that waits, so that a thread does not idle while its result is taken away. */
const blocksPerThread = 2;
/** Each takes some 18 MiB; with 32 of them the disk is slower than any quantization, and memory stays below 1 GiB. */
const threadCountMax = 32;

interface Job {
  readonly request: EncodeRequest;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
}

/**
 * Threads that encode blocks of rows with ggml's quantizer. The bytes do not depend on how a tensor is cut into blocks
 * nor on the number of threads. Native code shares the process: run it in one that may die (see
 * docs/decisions/quantizer-threads.md).
 */
export class QuantizerPool implements TensorEncoder {
  readonly threadCount: number;
  readonly concurrency: number;
  readonly #threads: Thread[] = [];
  readonly #waiting: Job[] = [];
  #nextId = 0;
  #failure: AppError | undefined;

  private constructor(threadCount: number) {
    this.threadCount = threadCount;
    this.concurrency = threadCount * blocksPerThread;
  }

  /**
   * Starts the threads, 1 to 32, and does not wait for them: what is to be encoded meanwhile waits in line. Throws
   * `quantizer_unavailable` when there is no ggml library for this machine.
   */
  static start(threadCount: number): QuantizerPool {
    const pool = new QuantizerPool(Math.min(Math.max(1, Math.trunc(threadCount)), threadCountMax));
    for (let started = 0; started < pool.threadCount; started++) pool.#startThread();
    try {
      // Here too rather than in the threads alone, because an AppError loses its class on the way.
      loadGgmlNative();
    } catch (error) {
      void pool.close();
      throw error;
    }
    return pool;
  }

  /**
   * The rows as `target`; rows that have that type already are only checked. Takes the block's memory over when the block
   * fills its ArrayBuffer. Rejects with NotFiniteError when a value is NaN or infinite, or too large for the target, and
   * with AppError `quantizer_died` when a thread ended.
   */
  encode(block: RowBlock, target: GgmlTypeName): Promise<Uint8Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const { type, rows, columns } = block;
      const request = { id: this.#nextId++, type, rows, columns, target, bytes: movable(block.bytes) };
      this.#waiting.push({ request, resolve, reject });
      this.#dispatch();
    });
  }

  /** Ends the threads; what they had in work fails. */
  async close(): Promise<void> {
    this.#fail(new AppError("quantizer_died", "Quantizing was stopped.", { hint: "Start it again." }));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    for (const { worker, jobs } of this.#threads.toSorted((a, b) => a.jobs.size - b.jobs.size)) {
      if (jobs.size >= blocksPerThread) return;
      const job = this.#waiting.shift();
      if (job === undefined) return;
      jobs.set(job.request.id, job);
      worker.postMessage(job.request, [job.request.bytes.buffer]);
    }
  }

  #startThread(): void {
    // A clean environment, and no flags of ours: a thread needs neither.
    const worker = new Worker(new URL("./quantizerThread.js", import.meta.url), { env: {}, execArgv: [], argv: [] });
    const thread: Thread = { worker, jobs: new Map() };
    this.#threads.push(thread);
    const die = (cause?: unknown) =>
      this.#fail(
        new AppError("quantizer_died", "A thread of the quantizer ended in the middle of the work.", {
          hint: "Is the machine out of memory? Close other programs, or use fewer threads, and start again.",
          cause,
        }),
      );
    worker.on("error", die);
    worker.on("exit", () => die());
    worker.on("message", (reply: QuantizerReply) => {
      if (reply.id !== undefined) this.#settle(thread, reply.id, reply);
      else if (reply.kind === "failed") die(reply.error);
    });
  }

  #settle(thread: Thread, id: number, reply: QuantizerReply): void {
    const job = thread.jobs.get(id);
    thread.jobs.delete(id);
    this.#dispatch();
    if (reply.kind === "encoded") job?.resolve(reply.bytes);
    else if (reply.kind === "notFinite") job?.reject(notFinite(reply.where));
    else if (reply.kind === "failed") job?.reject(AppError.from(reply.error));
  }

  #fail(error: AppError): void {
    this.#failure ??= error;
    const jobs = [...this.#waiting.splice(0), ...this.#threads.flatMap((thread) => [...thread.jobs.values()])];
    for (const thread of this.#threads) thread.jobs.clear();
    for (const job of jobs) job.reject(this.#failure);
  }
}

/** Bytes in memory of their own: what shares its ArrayBuffer with others (Node's Buffers do) is copied. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) return new Uint8Array(buffer);
  return new Uint8Array(bytes);
}

function notFinite(where: "source" | "result"): NotFiniteError {
  return new NotFiniteError(
    where === "source" ? "a value is NaN or infinite" : "a value is too large for the quantization",
  );
}
