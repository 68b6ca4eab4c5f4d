import type { Bench, Scenario } from "../Bench.js";
import type { BenchModel } from "../benchModels.js";
import type { LoadClient } from "../clients/LoadClient.js";
import type { StreamRecord } from "../clients/StreamRequest.js";
import { streamFigures } from "../clients/streamFigures.js";
import { interleave } from "../interleave.js";
import type { Recorder } from "../Recorder.js";

const replyTokens = 8;
const nextTurnTokens = 20;
/** More conversations than there are lanes, so that the first one has to leave its own. */
const othersToEvict = 17;

/** A conversation's second turn with and without the prefix cache, and the return to one that had to leave its lane. */
export const turns: Scenario = {
  name: "turns",
  title: "Several turns of a conversation of 2,000 tokens",
  async run(bench, recorder) {
    const client = await bench.client();
    for (const model of await bench.models(["110M", "1.1B"], "15M"))
      await bench.within(() => measure(bench, recorder, client, model));
  },
};

async function measure(bench: Bench, recorder: Recorder, client: LoadClient, model: BenchModel): Promise<void> {
  const firstTurnTokens = bench.quick ? 400 : 2000;
  const contextTokens = firstTurnTokens + 256;
  const server = await bench.server({ models: [model], flags: { contextTokens } });
  const peerUrl = await bench.peer(model, { parallel: 4, contextTokens });
  const ask = async (url: string, prompt: string, cachePrompt: boolean) => {
    const request = { protocol: "openai" as const, url, modelId: model.id, prompt, maxTokens: replyTokens };
    const [record] = await client.run([{ ...request, connection: 0, cachePrompt }]);
    if (record === undefined) throw new Error("no answer");
    return { record, ttftMs: streamFigures(record).ttftMs };
  };
  const sides = [
    { name: "cache on", url: server.url, cache: true },
    { name: "cache off", url: server.url, cache: false },
    ...(peerUrl === undefined ? [] : [{ name: "peer", url: peerUrl, cache: true }]),
  ];
  const cell = (side: string, figure: string) => `${model.name}, ${side}: ${figure}`;
  await interleave(
    bench.rounds(30),
    sides.map(({ name, url, cache }) => ({
      name,
      async run(round) {
        const prompt = bench.freshPrompt(model, firstTurnTokens);
        const first = await ask(url, prompt, cache);
        const next = `${prompt}${first.record.text} ${bench.freshPrompt(model, nextTurnTokens)}`;
        const second = await ask(url, next, cache);
        if (round < 0) return;
        recorder.add(cell(name, "first turn"), "ms", first.ttftMs);
        recorder.add(cell(name, "second turn"), "ms", second.ttftMs);
        recorder.add(cell(name, "second turn: tokens to read"), "count", tokensToRead(second.record));
      },
    })),
    recorder,
  );
  for (const { name } of sides)
    recorder.ratio(cell(name, "second turn / first"), cell(name, "second turn"), cell(name, "first turn"));
  recorder.goal("issue 6", cell("cache on", "second turn / first"), "p50", "≤", 0.05);

  for (let round = 0; round < bench.rounds(30, 1); round++) {
    const prompt = bench.freshPrompt(model, firstTurnTokens);
    const first = await ask(server.url, prompt, true);
    for (let other = 0; other < othersToEvict; other++)
      await ask(server.url, bench.freshPrompt(model, Math.min(256, firstTurnTokens / 2)), true);
    const next = `${prompt}${first.record.text} ${bench.freshPrompt(model, nextTurnTokens)}`;
    const back = await ask(server.url, next, true);
    recorder.add(cell("parked", "first turn"), "ms", first.ttftMs);
    recorder.add(cell("parked", "return"), "ms", back.ttftMs);
    recorder.add(cell("parked", "tokens to read"), "count", tokensToRead(back.record));
  }
  recorder.ratio(cell("parked", "return / first"), cell("parked", "return"), cell("parked", "first turn"));
  recorder.goal("issue 6", cell("parked", "return / first"), "p50", "≤", 0.15);
}

/** Those of the prompt that the cache did not have. */
function tokensToRead({ promptTokens = 0, cachedTokens = 0 }: StreamRecord): number {
  return promptTokens - cachedTokens;
}
