import type { Goal, ScenarioReport, Unit } from "./report.js";
import { summarize } from "./statistics/summarize.js";

/** Statistics that a goal can be set for. */
type Statistic = "min" | "p50" | "p95" | "p99" | "max";

/** Collects what one scenario measures. A cell is one figure under one set of circumstances, with all its samples. */
export class Recorder {
  readonly #title: string;
  readonly #cells = new Map<string, { unit: Unit; samples: number[] }>();
  readonly #goals: Goal[] = [];
  readonly #notes: string[] = [];

  constructor(title: string) {
    this.#title = title;
  }

  /** One sample, or many: hundreds of thousands are too many for arguments. */
  add(cell: string, unit: Unit, samples: number | readonly number[]): void {
    const added = typeof samples === "number" ? [samples] : samples;
    const known = this.#cells.get(cell);
    if (known === undefined) this.#cells.set(cell, { unit, samples: [...added] });
    else for (const sample of added) known.samples.push(sample);
  }

  samples(cell: string): readonly number[] {
    return this.#cells.get(cell)?.samples ?? [];
  }

  /** A cell of ratios: sample i of `numerator` by sample i of `denominator`, which were measured side by side. */
  ratio(cell: string, numerator: string, denominator: string): void {
    const below = this.samples(denominator);
    const above = this.samples(numerator);
    const ratios = above.slice(0, below.length).map((value, index) => value / (below[index] ?? Number.NaN));
    if (ratios.length > 0) this.add(cell, "×", ratios);
  }

  /** A limit that a cell's figure must keep. A cell that was not measured sets no goal. */
  goal(source: string, cell: string, statistic: Statistic, comparison: "≤" | "≥" | "<", limit: number): void {
    const measured = this.#cells.get(cell);
    if (measured === undefined || measured.samples.length === 0) return;
    const value = summarize(measured.samples)[statistic];
    const met = comparison === "≥" ? value >= limit : comparison === "≤" ? value <= limit : value < limit;
    this.#goals.push({ source, cell, statistic, comparison, limit, value, unit: measured.unit, met });
  }

  /** Something the reader has to know, such as what was left out and why. */
  note(text: string): void {
    if (!this.#notes.includes(text)) this.#notes.push(text);
  }

  report(name: string, durationMs: number): ScenarioReport {
    return {
      name,
      title: this.#title,
      durationMs,
      cells: [...this.#cells].map(([cell, { unit, samples }]) => ({
        name: cell,
        unit,
        ...summarize(samples),
        samples,
      })),
      goals: this.#goals,
      notes: this.#notes,
    };
  }
}
