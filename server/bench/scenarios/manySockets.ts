import { usableCores } from "../../platform/freeCores.js";
import type { Scenario } from "../Bench.js";
import type { Protocol } from "../clients/StreamRequest.js";
import { childProcesses, pinProcess } from "../pinProcess.js";
import { scriptedProgram } from "../scriptedProgram.js";
import { addedMs } from "./addedLatency.js";

const sockets = 200;
const tokensPerSecond = 50;
/** They come within this time. */
const arrivalMs = 2000;

/** The program's own ceiling, found without a model: everyone gets a token every 20 ms. The server has one core for itself. */
export const manySockets: Scenario = {
  name: "sockets",
  title: `${sockets} sockets with ${tokensPerSecond} tokens per second each`,
  async run(bench, recorder) {
    const seconds = bench.quick ? 2 : 30;
    const maxTokens = seconds * tokensPerSecond;
    const clients = [await bench.client(), await bench.client()];
    for (const protocol of ["socket", "chat"] satisfies Protocol[])
      await bench.within(async () => {
        const server = await bench.server({ program: scriptedProgram({ tokensPerSecond }) });
        const ask = (length: number) =>
          Promise.all(
            clients.map((client, half) =>
              client.run(
                Array.from({ length: sockets / clients.length }, (_, connection) => ({
                  protocol,
                  url: server.url,
                  modelId: "alpaca.demo",
                  prompt: `Socket ${half}.${connection}`,
                  maxTokens: length,
                  connection,
                  // People do not all press Enter in the same instant.
                  startDelayMs: (connection * arrivalMs) / (sockets / clients.length),
                })),
              ),
            ),
          );
        await ask(10);
        if (usableCores() > 1) {
          const rest = `1-${usableCores() - 1}`;
          const pinned = [
            pinProcess(server.processId, "0"),
            ...childProcesses(server.processId).map((engine) => pinProcess(engine, rest)),
            ...clients.map((client) => pinProcess(client.processId, rest)),
          ];
          if (pinned.includes(false)) recorder.note("The server was not kept on one core: there is no taskset.");
        }
        await server.figures();
        const records = (await ask(maxTokens)).flat();
        const { loopDelayMs, cpuMs, cpuShare } = await server.figures();
        recorder.add(`${protocol}: added latency`, "ms", records.flatMap(addedMs));
        recorder.add(`${protocol}: event-loop delay p50`, "ms", loopDelayMs.p50);
        recorder.add(`${protocol}: event-loop delay p99`, "ms", loopDelayMs.p99);
        recorder.add(`${protocol}: share of the core`, "%", cpuShare * 100);
        const pieces = records.reduce((sum, { tokenCounts }) => sum + tokenCounts.length, 0);
        recorder.add(`${protocol}: server's CPU time per token`, "µs", (cpuMs * 1000) / tokensOf(records));
        recorder.add(`${protocol}: lost tokens`, "count", sockets * maxTokens - tokensOf(records));
        recorder.add(`${protocol}: tokens per packet`, "×", tokensOf(records) / Math.max(1, pieces));
        recorder.goal("issue 6", `${protocol}: event-loop delay p99`, "max", "<", 20);
        recorder.goal("issue 6", `${protocol}: lost tokens`, "max", "≤", 0);
      });
  },
};

function tokensOf(records: readonly { tokenCounts: number[] }[]): number {
  return records.reduce((sum, { tokenCounts }) => sum + tokenCounts.reduce((total, count) => total + count, 0), 0);
}
