import type { Requests } from "../../server/protocol/events.js";
import type { Connection } from "../connection/Connection.js";
import type { PageError } from "../connection/PageError.js";
import { randomId } from "../connection/randomId.js";
import { applyGenerationEvent, emptyGeneration, type GenerationView } from "../state/applyGenerationEvent.js";
import { createGenerationFeed } from "../state/createGenerationFeed.js";
import type { FrameScheduler } from "../state/pacedFrames.js";

export interface GenerationRun {
  /** Asks the model to end; what it wrote stays, and the view's end says so. */
  stop(): void;
  /** Stops it and hears of it no more. */
  close(): void;
}

type StartRequest = Omit<Requests["generation:start"], "requestId">;

/**
 * Runs one generation that belongs to no chat and calls `onView` with all that is known of it, at most once per frame. After a lost
 * connection it goes on from where it was. It always comes to an end: a request that fails is one too.
 */
export function runGeneration(
  connection: Connection,
  request: StartRequest,
  onView: (view: GenerationView) => void,
  schedule?: FrameScheduler,
): GenerationRun {
  let view = emptyGeneration;
  let generationId: string | undefined;
  let stopped = false;
  let closed = false;
  let stopListening = () => {};

  const show = (next: GenerationView) => {
    if (closed || next === view) return;
    view = next;
    if (view.end) stopListening();
    onView(view);
  };
  const fail = (error: PageError) => {
    if (!view.end) show({ ...view, end: { stopReason: "error", error } });
  };
  const feed = createGenerationFeed(
    (batches) => show(batches.flatMap(({ events }) => events).reduce(applyGenerationEvent, view)),
    schedule,
  );
  const follow = async () => {
    if (generationId === undefined || view.end || closed) return;
    const result = await connection.request("generation:follow", { generationId, afterSeq: view.seq });
    // Without a line there will be another try as soon as it is back.
    if (!result.ok && result.error.code !== "connection_lost") fail(result.error);
  };
  const askToStop = () => {
    if (generationId !== undefined) void connection.request("generation:stop", { generationId });
  };

  const offEvents = connection.on("generation:events", (batch) => {
    if (batch.generationId === generationId) feed.push(batch);
  });
  const offStatus = connection.onStatus((status) => {
    if (status === "connected") void follow();
  });
  stopListening = () => {
    offEvents();
    offStatus();
  };
  void connection.request("generation:start", { ...request, requestId: randomId() }).then((result) => {
    if (!result.ok) return fail(result.error);
    generationId = result.data.generationId;
    if (stopped) askToStop();
    return follow();
  });

  return {
    stop() {
      stopped = true;
      askToStop();
    },
    close() {
      if (!view.end) {
        stopped = true;
        askToStop();
      }
      closed = true;
      stopListening();
    },
  };
}
