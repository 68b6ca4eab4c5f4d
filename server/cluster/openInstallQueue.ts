import { type Job as BullJob, DelayedError, Queue, Worker } from "bullmq";
import { z } from "zod";
import { installRequestSchema } from "../protocol/install.js";
import { keys } from "./keys.js";
import type { Redis } from "./openRedis.js";

/** A node that runs an install says so this often, or it is taken for dead and the install begun elsewhere. */
const lockMs = 15_000;
const stalledLookMs = 5_000;
/** However often the nodes that ran it died, an install is taken up again. */
const mostDeaths = 1_000;
const defaultAttempts = { count: 30, delayMs: 2_000 };
const queueName = "installs";

const jobSchema = z.object({ request: installRequestSchema });
type Job = z.infer<typeof jobSchema>;

/** The queue of installs over all nodes: one runs at a time. */
export interface InstallQueue {
  /** One that waits or runs already keeps its place; if it is begun again, then as it was asked for last. */
  add(modelId: string, job: Job): Promise<void>;
  /** True when it is not under way on any node, and now never will be. */
  withdraw(modelId: string): Promise<boolean>;
  /** Takes no more; resolves when what runs here has ended or was given back. */
  close(): Promise<void>;
}

/**
 * `perform` runs one install to its end; when it throws, the install is begun again, here or on another node, unless it was told that
 * this `isLast`. One that a node gives back because it closes is begun again in any case: that was no try.
 */
export async function openInstallQueue(
  connections: { queue: Redis; worker: Redis },
  perform: (modelId: string, job: Job, isLast: boolean) => Promise<"ended" | "givenBack">,
  onError: (error: unknown) => void,
  attempts = defaultAttempts,
): Promise<InstallQueue> {
  const queue = new Queue(queueName, {
    connection: connections.queue,
    prefix: keys.installs,
    defaultJobOptions: {
      removeOnComplete: true,
      removeOnFail: true,
      attempts: attempts.count,
      backoff: { type: "fixed", delay: attempts.delayMs },
    },
  });
  queue.on("error", onError);
  await queue.setGlobalConcurrency(1);
  const process = async (job: BullJob, lockToken?: string) => {
    const { id = "", data, attemptsMade } = job;
    const outcome = await perform(id, jobSchema.parse(data), attemptsMade + 1 >= attempts.count);
    if (outcome === "ended") return;
    await job.moveToDelayed(Date.now() + attempts.delayMs, lockToken);
    // BullMQ's word for a job that waits again.
    throw new DelayedError();
  };
  const worker = new Worker(queueName, process, {
    connection: connections.worker,
    prefix: keys.installs,
    lockDuration: lockMs,
    stalledInterval: stalledLookMs,
    maxStalledCount: mostDeaths,
    concurrency: 1,
  });
  worker.on("error", onError);
  await worker.waitUntilReady();
  return {
    add: async (modelId, job) => {
      const added = await queue.add("install", job, { jobId: modelId });
      // It may have ended just now.
      await added.updateData(job).catch(() => {});
    },
    withdraw: async (modelId) => {
      const job = await queue.getJob(modelId);
      if (job === undefined) return true;
      if (await job.isActive()) return false;
      // It may begin in this very moment: then it is locked, and stays.
      return job.remove().then(
        () => true,
        () => false,
      );
    },
    close: async () => {
      await worker.close();
      await queue.close();
    },
  };
}
