import type { Bench, Scenario } from "../Bench.js";
import type { Protocol, StreamRecord } from "../clients/StreamRequest.js";
import { interleave } from "../interleave.js";
import type { Recorder } from "../Recorder.js";
import { readStamps } from "../script.js";
import { scriptedProgram } from "../scriptedProgram.js";

const speeds = [50, 500] as const;
const protocols: Protocol[] = ["socket", "chat", "openai"];

/** From the moment at which the engine has a token to the moment at which a client in another process has it. */
export const addedLatency: Scenario = {
  name: "added-latency",
  title: "What the server adds between the engine's token and the client",
  async run(bench: Bench, recorder: Recorder) {
    const server = await bench.server({ program: scriptedProgram() });
    const client = await bench.client();
    const rounds = bench.rounds(30);
    for (const tokensPerSecond of speeds) {
      // A second of tokens at least.
      const maxTokens = bench.quick ? 20 : Math.max(100, tokensPerSecond);
      await interleave(
        rounds,
        protocols.map((protocol) => ({
          name: protocol,
          async run(round) {
            const cell = `${protocol}, ${tokensPerSecond} tok/s`;
            const [record] = await client.run([
              {
                protocol,
                url: server.url,
                modelId: "alpaca.demo",
                prompt: JSON.stringify({ tokensPerSecond }),
                maxTokens,
                connection: 0,
              },
            ]);
            if (record === undefined || round < 0) return;
            if (record.error !== undefined) return recorder.note(`${protocol}: ${record.error}`);
            recorder.add(cell, "ms", addedMs(record));
          },
        })),
        recorder,
      );
      recorder.goal("issue 2", `socket, ${tokensPerSecond} tok/s`, "p50", "≤", 2);
      recorder.goal("issue 2", `chat, ${tokensPerSecond} tok/s`, "p50", "≤", 2);
      recorder.goal("floor: added gap", `chat, ${tokensPerSecond} tok/s`, "p99", "≤", 5);
    }
  },
};

/** How long each token of a scripted reply was under way. Tokens that came in one piece count each. */
export function addedMs(record: StreamRecord): number[] {
  const stamps = readStamps(record.text);
  const expected = record.tokenCounts.reduce((sum, count) => sum + count, 0);
  if (stamps.length !== expected) throw new Error(`${stamps.length} stamps in ${expected} tokens`);
  const added: number[] = [];
  let at = 0;
  for (const [piece, count] of record.tokenCounts.entries())
    for (let token = 0; token < count; token++) {
      const stamp = stamps[at];
      if (stamp === undefined || stamp.index !== at) throw new Error(`token ${at} is missing`);
      added.push((record.arrivalsMs[piece] ?? Number.NaN) - stamp.atMs);
      at++;
    }
  return added;
}
