/** A process that asks and listens as many users do, apart from the server and the engine, so that measuring does not slow them down. */
import { Agent } from "node:http";
import { SocketConnections } from "./SocketConnections.js";
import type { ClientCommand, ClientReply, StreamRecord, StreamRequest } from "./StreamRequest.js";
import { streamOverHttp } from "./streamOverHttp.js";
import { streamOverSocket } from "./streamOverSocket.js";

const sockets = new SocketConnections();
const agent = new Agent({ keepAlive: true, noDelay: true });

function send(reply: ClientReply): void {
  if (process.connected) process.send?.(reply);
}

async function stream(request: StreamRequest): Promise<StreamRecord> {
  if (request.protocol === "openai") {
    await delay(request);
    return streamOverHttp(agent, request);
  }
  const connection = await sockets.get(request.url, request.connection);
  await delay(request);
  return streamOverSocket(connection, request);
}

async function delay({ startDelayMs = 0 }: StreamRequest): Promise<void> {
  if (startDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, startDelayMs));
}

async function run(jobId: number, requests: StreamRequest[]): Promise<void> {
  try {
    // All sockets first: what is measured starts when everyone is there.
    for (const { protocol, url, connection } of requests) if (protocol !== "openai") await sockets.get(url, connection);
    send({ type: "finished", jobId, records: await Promise.all(requests.map(stream)) });
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
