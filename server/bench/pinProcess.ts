import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Keeps a process with all its threads on these cores (`"0"`, `"1-3"`). False where the system has no `taskset`. */
export function pinProcess(processId: number, cores: string): boolean {
  return spawnSync("taskset", ["--all-tasks", "--pid", "--cpu-list", cores, String(processId)]).status === 0;
}

/** The process's own children, from Linux's `/proc`; none elsewhere. */
export function childProcesses(processId: number): number[] {
  try {
    return readdirSync(`/proc/${processId}/task`).flatMap((task) =>
      readFileSync(`/proc/${processId}/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
