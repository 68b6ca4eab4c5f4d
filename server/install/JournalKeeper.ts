import writeFileAtomic from "write-file-atomic";
import type { TensorSource } from "../weights/TensorSource.js";
import type { ConversionJournal } from "./inspectDisk.js";
import type { ParameterSum } from "./ParameterSum.js";
import type { PartFiles } from "./PartFiles.js";
import type { WorkFolder } from "./WorkFolder.js";

/** What a journal speaks of: tensors in the order in which they are written, and the files that they are made of. */
export interface JournalSubject {
  order: readonly string[];
  /** Parts whose tensors say which file they are in; files of others are needed from the first tensor to the last. */
  tracked: readonly { files: PartFiles; source: TensorSource }[];
  sum: ParameterSum | undefined;
}

/** Keeps the journal of a conversion whose source is still being fetched. */
export class JournalKeeper {
  readonly #work: WorkFolder;
  readonly #parts: readonly PartFiles[];
  #journal: ConversionJournal;
  #subject: (JournalSubject & { firstNeeded: Map<PartFiles, number[]> }) | undefined;
  #void = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(work: WorkFolder, parts: readonly PartFiles[], journal: ConversionJournal) {
    this.#work = work;
    this.#parts = parts;
    this.#journal = journal;
  }

  get tensorsDone(): number {
    return this.#journal.tensorsDone;
  }

  begin(subject: JournalSubject): void {
    const firstNeeded = new Map(
      subject.tracked.map(({ files, source }) => [files, firstNeededFiles(subject.order, source)] as const),
    );
    this.#subject = { ...subject, firstNeeded };
  }

  /** Notes that these tensors are on the disk, and lets go of the files that no later one needs. */
  async record(tensorsDone: number): Promise<void> {
    if (this.#void) return;
    // What the tensors were made of must still be there after a crash, to be compared with its checksum.
    for (const part of this.#parts) await part.save();
    if (this.#void) return;
    await this.#write(this.#at(tensorsDone));
    for (const part of this.#parts) await part.release(this.#usedUp(part, tensorsDone));
  }

  /** Whether tensors that are done were made of the part's file. */
  uses(part: PartFiles, file: number): boolean {
    return this.tensorsDone > this.#firstUse(part, file);
  }

  /**
   * The part's file is not what it was taken for: the tensors that were made of it are not done after all, and nothing more can be
   * recorded.
   */
  async rewind(part: PartFiles, file: number): Promise<void> {
    const tensorsDone = Math.min(this.tensorsDone, this.#firstUse(part, file));
    this.#void = true;
    await this.#write(this.#at(tensorsDone));
  }

  #at(tensorsDone: number): ConversionJournal {
    const consumed = this.#parts.flatMap((part, index) =>
      part.localNames.slice(0, this.#usedUp(part, tensorsDone)).map((name) => `${index}/${name}`),
    );
    const sums = this.#subject?.sum?.of(this.#subject.order.slice(0, tensorsDone));
    return { tensorsDone, consumed, ...(sums === undefined ? {} : { sums }) };
  }

  /** How many of the part's files no later tensor needs; one whose checksum is still to be compared is needed for that. */
  #usedUp(part: PartFiles, tensorsDone: number): number {
    return part.settled(this.#subject?.firstNeeded.get(part)?.[tensorsDone] ?? 0);
  }

  #firstUse(part: PartFiles, file: number): number {
    const source = this.#subject?.tracked.find(({ files }) => files === part)?.source;
    const first = this.#subject?.order.findIndex((name) => source?.tensors.get(name)?.part === file) ?? -1;
    return Math.max(0, first);
  }

  /** One after the other: the last one called is the one that counts. */
  async #write(journal: ConversionJournal): Promise<void> {
    this.#journal = journal;
    const before = this.#writing;
    this.#writing = before
      .catch(() => undefined)
      .then(() => writeFileAtomic(this.#work.journalPath, JSON.stringify(journal), { mode: 0o600 }));
    await this.#writing;
  }
}

/** By the number of tensors that are done: how many of the source's files no later tensor needs. */
function firstNeededFiles(order: readonly string[], source: TensorSource): number[] {
  const parts = order.map((name) => source.tensors.get(name)?.part);
  const last = Math.max(0, ...parts.map((part) => part ?? 0));
  const needed = [...parts.map((part) => part ?? last + 1), last + 1];
  for (let index = needed.length - 2; index >= 0; index--)
    needed[index] = Math.min(needed[index] ?? 0, needed[index + 1] ?? 0);
  return needed;
}
