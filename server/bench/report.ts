import type { Summary } from "./statistics/summarize.js";

/** `×`: a ratio. `count`: of things. */
export type Unit = "µs" | "ms" | "s" | "tok/s" | "×" | "count" | "MB" | "MB/h" | "%";

export interface CellReport extends Summary {
  name: string;
  unit: Unit;
  samples: number[];
}

export interface Goal {
  /** Where the limit comes from. */
  source: string;
  cell: string;
  statistic: string;
  comparison: "≤" | "≥" | "<";
  limit: number;
  value: number;
  unit: Unit;
  met: boolean;
}

export interface ScenarioReport {
  name: string;
  title: string;
  durationMs: number;
  cells: CellReport[];
  goals: Goal[];
  notes: string[];
}

/** On what and of what the figures are. */
export interface Circumstances {
  /** ISO 8601. */
  startedAt: string;
  /** `git describe` of the sources; `+` at its end: with changes that are not committed. */
  commit: string;
  machine: {
    cpu: string;
    cores: number;
    usableCores: number;
    memoryBytes: number;
    system: string;
    /** Of the last minute, when the run began. */
    loadAverage: number;
  };
  versions: Record<string, string>;
  /** Threads that the engines had. */
  threads: number;
  quick: boolean;
  /** Rounds that were asked for in the place of the usual number. */
  rounds?: number;
  peer?: string;
}

export interface BenchReport extends Circumstances {
  scenarios: ScenarioReport[];
}
