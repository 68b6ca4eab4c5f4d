import { AppError } from "../platform/AppError.js";
import type { ModelState } from "../protocol/model.js";
import type { MemoryPlan } from "../weights/planMemory.js";
import type { ModelWorker } from "./ModelWorker.js";

/** A model that is in memory, or on its way there or out of it. */
export interface Resident {
  worker: ModelWorker;
  /** From the start until it is loaded or has failed for good: a process that dies meanwhile may be followed by another. */
  loading: boolean;
  /** It was asked to go while it loaded. */
  unwanted: boolean;
  /** The weights that it was started with; another install may have put others in their place since. */
  weightsPath: string;
  ready: Promise<ModelWorker>;
  progress: number;
  listeners: Set<(progress: number) => void>;
  /** When somebody last wanted it, or had what they wanted. */
  usedAtMs: number;
  /** How long it may be idle, where it was wanted for a time of its own; Infinity: for good. */
  keepAliveMs?: number;
  /** What it takes, its draft included. */
  plan: MemoryPlan | undefined;
  /** … and what it takes without. */
  planAlone?: MemoryPlan;
  /** The folder of its conversations' KV caches, by name, once it is known. */
  parkedIn?: string;
  /** The model that writes guesses for it, in its process. */
  draftId?: string | undefined;
  /** Why it was loaded without the draft that was meant for it. */
  draftFailure?: string | undefined;
}

/** Its process has ended or is about to, and none follows. */
export function isGoing({ worker, loading, unwanted }: Resident): boolean {
  return (!loading || unwanted) && (worker.state === "dead" || worker.state === "closing");
}

/** It is in memory, and nothing is asked of its process at this moment. */
export function isIdle({ worker }: Resident): boolean {
  return worker.state === "ready" && !worker.isBusy;
}

/** Its draft was not loaded or has failed, and takes no memory: it counts no more. */
export function loseDraft(resident: Resident): void {
  if (resident.planAlone !== undefined) resident.plan = resident.planAlone;
  resident.draftId = undefined;
}

/** Why it has no draft, or no more, although one was meant for it. */
export function draftFailureOf({ draftFailure, worker }: Resident): string | undefined {
  return draftFailure ?? worker.info?.draftFailure;
}

/** What is told of one that is in memory. */
export function readyState(resident: Resident, gpuFailure: string | undefined): ModelState {
  const draftFailure = draftFailureOf(resident);
  return {
    state: "ready",
    ...(gpuFailure === undefined ? {} : { gpuFailure }),
    ...(draftFailure === undefined ? {} : { draftFailure }),
  };
}

/** Throws `model_in_use` where one of `holders` cannot be ended for the sake of its draft. */
export function refuseInUse(
  draftId: string,
  holders: readonly Resident[],
  isInUse: (holder: Resident) => boolean,
): void {
  const busy = holders.find((holder) => !isGoing(holder) && isInUse(holder))?.worker.modelId;
  if (busy !== undefined)
    throw new AppError("model_in_use", `${busy} is at work, and ${draftId} writes guesses for it.`, {
      hint: `Try again when ${busy} has nothing to do, or unload it first.`,
    });
}

/** Throws `worker_died` for one that was asked to go. */
export function refuseUnwanted({ unwanted, worker: { modelId } }: Resident): void {
  if (unwanted)
    throw new AppError("worker_died", `${modelId} was taken out of memory before it was loaded.`, {
      hint: "Try again: it is loaded anew then.",
    });
}
