import type { Scenario } from "../Bench.js";
import { demoModel } from "../benchModels.js";
import { readStatus } from "../readStatus.js";
import { linearSlope } from "../statistics/linearSlope.js";

const users = 4;
const replyTokens = 16;
/** Caches fill up in the first part; what grows after that does not stop. */
const settledPart = 1 / 3;

/** As many requests as an hour of steady use has, one after the other by a few users, and how the memory grows meanwhile. */
export const soak: Scenario = {
  name: "soak",
  title: "An hour's worth of requests: does the memory grow?",
  async run(bench, recorder) {
    const requests = bench.quick ? 48 : 3600;
    const [model = demoModel()] = await bench.models([]);
    const server = await bench.server({ models: [model], flags: { contextTokens: 512 } });
    const client = await bench.client();
    const points: Record<"server" | "worker", [hour: number, megabytes: number][]> = { server: [], worker: [] };
    const looks = bench.quick ? 12 : 120;
    for (let done = 0; done < requests; ) {
      for (let until = done + requests / looks; done < until; done += users)
        await client.run(
          Array.from({ length: users }, (_, connection) => ({
            protocol: "chat" as const,
            url: server.url,
            modelId: model.id,
            prompt: bench.freshPrompt(model, 40),
            maxTokens: replyTokens,
            connection,
          })),
        );
      // A request a second is an hour in 3,600.
      const hour = done / 3600;
      const status = await readStatus(server.url);
      points.server.push([hour, status.server.residentBytes / 1e6]);
      const worker = status.models[0]?.residentBytes;
      if (worker !== undefined) points.worker.push([hour, worker / 1e6]);
    }
    for (const [process, all] of Object.entries(points)) {
      const settled = all.slice(Math.floor(all.length * settledPart));
      const { slope, error } = linearSlope(settled);
      recorder.add(
        `${process}: memory`,
        "MB",
        settled.map(([, megabytes]) => megabytes),
      );
      recorder.add(`${process}: growth`, "MB/h", slope);
      recorder.add(`${process}: growth beyond twice its standard error`, "MB/h", Math.max(0, slope - 2 * error));
      recorder.goal("issue 6", `${process}: growth beyond twice its standard error`, "max", "≤", 0);
    }
    recorder.note(`An hour stands for 3,600 requests; ${requests} were made.`);
  },
};
