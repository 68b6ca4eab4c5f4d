import { randomId } from "../../platform/randomId.js";
import type { GenerationEvent } from "../../protocol/generation.js";
import type { Sampling } from "../../protocol/sampling.js";
import { monotonicMs } from "../monotonicMs.js";
import type { SocketConnection } from "./SocketConnections.js";
import { newRecord, type StreamRecord, type StreamRequest } from "./StreamRequest.js";

/** What the streams of one job tell each other. */
export interface Others {
  /** Resolves when this stream shall be stopped. */
  stopTime: Promise<void>;
  /** This stream has text. */
  pieceCame(): void;
}

/** Greedy, to a fixed length, so that every engine does the same work. */
const sampling: Sampling = { temperature: 0, repeatPenalty: 1, ignoreEos: true };

/** Asks over Cria's own protocol and follows to the end. The clock starts with the request's sending. */
export async function streamOverSocket(
  connection: SocketConnection,
  request: StreamRequest,
  others: Others,
): Promise<StreamRecord> {
  const record = newRecord(monotonicMs());
  const { generationId, conversationId } = await start(connection, request);
  record.generationId = generationId;
  const drops = [...(request.dropAfterPieces ?? [])];
  let cursor = 0;

  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      if (record.stopMs !== undefined || record.stopReason !== undefined) return;
      record.stopMs = monotonicMs();
      connection.request("generation:stop", { generationId }).catch(reject);
    };
    const follow = () => connection.request("generation:follow", { generationId, afterSeq: cursor }).catch(reject);
    const reconnect = async () => {
      connection.drop();
      record.reconnects++;
      await connection.open();
      await follow();
    };
    void others.stopTime.then(stop);
    connection.listen(generationId, (events) => {
      const nowMs = monotonicMs();
      for (const event of events) {
        if (event.seq <= cursor) {
          reject(new Error(`entry ${event.seq} came twice`));
          return;
        }
        cursor = event.seq;
        take(record, event, nowMs);
        if (event.type === "end") {
          connection.forget(generationId);
          resolve();
          return;
        }
        if (
          request.stopAtReadTokens !== undefined &&
          event.type === "phase" &&
          event.phase.phase === "reading" &&
          event.phase.evaluatedTokens >= request.stopAtReadTokens
        )
          stop();
      }
      if (record.arrivalsMs.length > 0) others.pieceCame();
      if (request.stopAfterPieces !== undefined && record.arrivalsMs.length >= request.stopAfterPieces) stop();
      if (drops[0] !== undefined && record.arrivalsMs.length >= drops[0]) {
        drops.shift();
        reconnect().catch(reject);
      }
    });
    void follow();
  });
  record.endMs = monotonicMs();
  if (request.compareStored === true && conversationId !== undefined) {
    const { messages } = await connection.request("conversation:open", { conversationId });
    record.storedMatches = messages.find((message) => message.generationId === generationId)?.text === record.text;
  }
  return record;
}

async function start(
  connection: SocketConnection,
  request: StreamRequest,
): Promise<{ generationId: string; conversationId?: string }> {
  const { modelId, prompt, maxTokens } = request;
  if (request.protocol === "socket") {
    const answer = await connection.request("generation:start", {
      modelId,
      prompt,
      sampling: { ...sampling, maxTokens },
    });
    return { generationId: answer.generationId };
  }
  const { reply, conversation } = await connection.request("chat:send", {
    requestId: randomId(),
    modelId,
    text: prompt,
    sampling: { ...sampling, maxTokens },
  });
  return { generationId: reply.generationId ?? "", conversationId: conversation.id };
}

function take(record: StreamRecord, event: GenerationEvent, nowMs: number): void {
  switch (event.type) {
    case "text":
      record.arrivalsMs.push(nowMs);
      record.tokenCounts.push(event.tokenCount);
      record.text += event.text;
      break;
    case "snapshot":
      record.text = event.text;
      break;
    case "end":
      record.stopReason = event.stopReason;
      if (event.error !== undefined) record.error = `${event.error.code}: ${event.error.message}`;
      if (event.stats !== undefined) {
        record.promptTokens = event.stats.promptTokens;
        record.cachedTokens = event.stats.cachedTokens;
        record.generatedTokens = event.stats.generatedTokens;
        record.tokensPerSecond = event.stats.tokensPerSecond;
        record.promptEvalMs = event.stats.promptEvalMs;
      }
      break;
    case "phase":
      if (event.phase.phase === "reading")
        record.readings.push({ atMs: nowMs, evaluatedTokens: event.phase.evaluatedTokens });
      break;
    default:
      event satisfies never;
  }
}
