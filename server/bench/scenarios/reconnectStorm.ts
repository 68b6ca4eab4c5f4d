import type { Scenario } from "../Bench.js";
import { readStamps } from "../script.js";
import { scriptedProgram } from "../scriptedProgram.js";

const tokensPerSecond = 50;

/** Half of the connections are cut again and again in the middle of a reply: not one character may be lost or doubled. */
export const reconnectStorm: Scenario = {
  name: "reconnect-storm",
  title: "Half of 100 streams lose their connection several times",
  async run(bench, recorder) {
    const streams = bench.quick ? 20 : 100;
    const maxTokens = bench.quick ? 60 : 500;
    const server = await bench.server({ program: scriptedProgram({ tokensPerSecond }) });
    const client = await bench.client();
    for (let round = 0; round < (bench.quick ? 1 : 5); round++) {
      const records = await client.run(
        Array.from({ length: streams }, (_, connection) => ({
          protocol: "chat" as const,
          url: server.url,
          modelId: "alpaca.demo",
          prompt: `Stream ${round}.${connection}`,
          maxTokens,
          connection,
          compareStored: true,
          ...(connection % 2 === 0
            ? { dropAfterPieces: [0.2, 0.4, 0.6, 0.8].map((part) => Math.floor(maxTokens * part + connection / 2)) }
            : {}),
        })),
      );
      let wrong = 0;
      for (const record of records) {
        const stamps = readStamps(record.text);
        const whole = stamps.length === maxTokens && stamps.every(({ index }, at) => index === at);
        if (!whole || record.storedMatches !== true || record.error !== undefined) wrong++;
      }
      recorder.add("streams with a lost or doubled character", "count", wrong);
      recorder.add(
        "reconnects",
        "count",
        records.reduce((sum, record) => sum + record.reconnects, 0),
      );
    }
    recorder.goal("issue 6", "streams with a lost or doubled character", "max", "≤", 0);
  },
};
