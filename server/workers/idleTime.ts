import { isIdle, type Resident } from "./Resident.js";

/** The model was wanted for a time of its own: it may be idle for `forMs` from now on, instead of as long as any other. Infinity: for good. */
export function keepResident(resident: Resident, forMs: number): void {
  resident.usedAtMs = performance.now();
  resident.keepAliveMs = forMs;
}

/**
 * How long the model may still be idle, in ms; Infinity: until another needs its place. `idleUnloadMs` is what counts for models that
 * were not wanted for a time of their own; 0: for good.
 */
export function idleTimeLeftMs(resident: Resident, idleUnloadMs: number): number {
  const forMs = resident.keepAliveMs ?? (idleUnloadMs === 0 ? Number.POSITIVE_INFINITY : idleUnloadMs);
  return isIdle(resident) ? resident.usedAtMs + forMs - performance.now() : forMs;
}
