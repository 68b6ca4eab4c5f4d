/** Runs a server in a process of its own and answers questions about it: a load test must not share its event loop. */
import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { readConfig } from "../platform/config.js";
import { startServer } from "../startServer.js";
import type { HostCommand, HostReply } from "./HostedServer.js";
import { monotonicMs } from "./monotonicMs.js";

/** The histogram measures the time between two looks; what is beyond this is delay. */
const lookEveryMs = 10;

function send(reply: HostReply): void {
  if (process.connected) process.send?.(reply);
}

async function start({ flags, program }: HostCommand & { type: "start" }): Promise<void> {
  const server = await startServer(readConfig(flags, {}), {
    worker: {
      ...(program === undefined ? {} : { program }),
      observer: {
        generationLeft: (_modelId, generationId) => send({ type: "engineIdle", generationId, atMs: monotonicMs() }),
      },
    },
  });
  const loopDelay: IntervalHistogram = monitorEventLoopDelay({ resolution: lookEveryMs });
  loopDelay.enable();
  let since = { utilization: performance.eventLoopUtilization(), cpu: process.cpuUsage(), atMs: monotonicMs() };
  process.on("message", (command: HostCommand) => {
    switch (command.type) {
      case "start":
        break;
      case "figures": {
        const delayMs = (percent: number) => Math.max(0, loopDelay.percentile(percent) / 1e6 - lookEveryMs);
        const cpu = process.cpuUsage(since.cpu);
        send({
          type: "figures",
          figures: {
            residentBytes: process.memoryUsage().rss,
            loopDelayMs: { p50: delayMs(50), p99: delayMs(99), max: Math.max(0, loopDelay.max / 1e6 - lookEveryMs) },
            loopUtilization: performance.eventLoopUtilization(since.utilization).utilization,
            cpuShare: (cpu.user + cpu.system) / 1000 / (monotonicMs() - since.atMs),
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
