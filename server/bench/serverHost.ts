/** Runs a server in a process of its own and answers questions about it: a load test must not share its event loop. */
import { performance } from "node:perf_hooks";
import { readConfig } from "../platform/config.js";
import { LoopDelay } from "../platform/LoopDelay.js";
import { startServer } from "../startServer.js";
import type { HostCommand, HostReply } from "./HostedServer.js";
import { monotonicMs } from "./monotonicMs.js";

function send(reply: HostReply): void {
  if (process.connected) process.send?.(reply);
}

async function start({ flags, program }: HostCommand & { type: "start" }): Promise<void> {
  const server = await startServer(readConfig(flags, {}), {
    ...(program === undefined ? {} : { worker: { program } }),
  });
  server.pool.observe({
    generationLeft: (_modelId, generationId) => send({ type: "engineIdle", generationId, atMs: monotonicMs() }),
  });
  const loopDelay = new LoopDelay();
  let since = { utilization: performance.eventLoopUtilization(), cpu: process.cpuUsage(), atMs: monotonicMs() };
  process.on("message", (command: HostCommand) => {
    switch (command.type) {
      case "start":
        break;
      case "figures": {
        const cpu = process.cpuUsage(since.cpu);
        const cpuMs = (cpu.user + cpu.system) / 1000;
        send({
          type: "figures",
          figures: {
            residentBytes: process.memoryUsage().rss,
            loopDelayMs: loopDelay.read(),
            loopUtilization: performance.eventLoopUtilization(since.utilization).utilization,
            cpuMs,
            cpuShare: cpuMs / (monotonicMs() - since.atMs),
          },
        });
        loopDelay.reset();
        since = { utilization: performance.eventLoopUtilization(), cpu: process.cpuUsage(), atMs: monotonicMs() };
        break;
      }
      case "close":
        void server.close().then(() => process.exit(0));
        break;
      default:
        command satisfies never;
    }
  });
  process.on("disconnect", () => void server.close().then(() => process.exit(0)));
  send({ type: "ready", url: server.url });
}

process.once("message", (command: HostCommand) => {
  if (command.type !== "start") return;
  start(command).catch((error: unknown) => {
    send({ type: "failed", message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exitCode = 1;
    process.disconnect();
  });
});
