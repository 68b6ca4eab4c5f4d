/** A process that asks and listens as many users do, apart from the server and the engine, so that measuring does not slow them down. */
import { Agent } from "node:http";
import { SocketConnections } from "./SocketConnections.js";
import type { ClientCommand, ClientReply, StreamRecord, StreamRequest } from "./StreamRequest.js";
import { streamOverHttp } from "./streamOverHttp.js";
import { type Others, streamOverSocket } from "./streamOverSocket.js";

const sockets = new SocketConnections();
// A connection for each request: servers differ in how long they keep one, and an old one may be closed under a new request.
const agent = new Agent({ keepAlive: false, noDelay: true });

function send(reply: ClientReply): void {
  if (process.connected) process.send?.(reply);
}

async function stream(request: StreamRequest, others: Others): Promise<StreamRecord> {
  if (request.protocol === "openai") {
    await delay(request);
    return streamOverHttp(agent, request, others);
  }
  const connection = await sockets.get(request.url, request.connection);
  await delay(request);
  return streamOverSocket(connection, request, others);
}

async function delay({ startDelayMs = 0 }: StreamRequest): Promise<void> {
  if (startDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, startDelayMs));
}

/** Runs all streams, each when its turn has come. */
function together(requests: StreamRequest[]): Promise<StreamRecord[]> {
  const firstPieces = countdown(requests.filter((request) => request.startAfterFirstPieces !== true).length);
  const ends = countdown(requests.filter((request) => request.stopWhenOthersEnd !== true).length);
  const never = new Promise<void>(() => {});
  return Promise.all(
    requests.map(async (request) => {
      const { startAfterFirstPieces = false, stopWhenOthersEnd = false } = request;
      if (startAfterFirstPieces) await firstPieces.reached;
      let came = startAfterFirstPieces;
      const pieceCame = () => {
        if (!came) firstPieces.count();
        came = true;
      };
      const record = await stream(request, { stopTime: stopWhenOthersEnd ? ends.reached : never, pieceCame });
      // One that failed has none: nobody is to wait for it.
      pieceCame();
      if (!stopWhenOthersEnd) ends.count();
      return record;
    }),
  );
}

function countdown(from: number): { reached: Promise<void>; count(): void } {
  let resolve = () => {};
  const reached = new Promise<void>((done) => {
    resolve = done;
  });
  let left = from;
  return {
    reached,
    count: () => {
      if (--left === 0) resolve();
    },
  };
}

async function run(jobId: number, requests: StreamRequest[]): Promise<void> {
  try {
    // All sockets first: what is measured starts when everyone is there.
    for (const { protocol, url, connection } of requests) if (protocol !== "openai") await sockets.get(url, connection);
    send({ type: "finished", jobId, records: await together(requests) });
  } catch (error) {
    send({ type: "failed", jobId, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

process.on("message", (command: ClientCommand) => {
  if (command.type === "run") void run(command.jobId, command.requests);
  else process.exit(0);
});
process.on("disconnect", () => process.exit(0));
send({ type: "ready" });
