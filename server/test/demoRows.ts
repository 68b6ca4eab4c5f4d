import { join } from "node:path";
import { packagePath } from "../platform/paths.js";

/** Rows of every tensor of the checkpoint that the demo model was made of, as F16; see `sampleDemoRows.ts`. */
export const demoRowsPath = join(packagePath, "server", "test", "demo-rows.safetensors");

/** Which rows of a tensor those are: its first, its last and one between, even and odd places of a rotary head. */
export function sampledRows(shape: readonly number[]): number[] {
  const count = shape.length > 1 ? (shape[0] ?? 1) : 1;
  return [...new Set([0, Math.floor(count * 0.4), count - 1])];
}
