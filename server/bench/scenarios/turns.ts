import type { Bench, Scenario } from "../Bench.js";
import type { BenchModel } from "../benchModels.js";
import type { LoadClient } from "../clients/LoadClient.js";
import { SocketConnection } from "../clients/SocketConnections.js";
import type { StreamRecord } from "../clients/StreamRequest.js";
import { streamFigures } from "../clients/streamFigures.js";
import type { HostedServer } from "../HostedServer.js";
import { interleave } from "../interleave.js";
import type { Recorder } from "../Recorder.js";

const replyTokens = 8;
const nextTurnTokens = 20;
/** A worker that has had nothing to do for five seconds puts its caches to disk; this is some more. */
const parkedAfterMs = 7000;

/** So long is the first of two conversations written: the second one comes in the middle of it. */
const besideTokens = 64;
const atOnce = 4;

/**
 * A conversation's second turn with and without the prefix cache, the return to one whose cache was put to disk, and conversations with
 * the same system prompt side by side.
 */
export const turns: Scenario = {
  name: "turns",
  title: "Several turns of a conversation of 2,000 tokens: time to first token",
  async run(bench, recorder) {
    const client = await bench.client();
    for (const model of await bench.models(["110M", "1.1B"]))
      await bench.within(() => measure(bench, recorder, client, model));
  },
};

type Ask = (side: Side, prompt: string) => Promise<{ record: StreamRecord; ttftMs: number }>;
interface Side {
  url: string;
  modelId: string;
  cachePrompt: boolean;
}

async function measure(bench: Bench, recorder: Recorder, client: LoadClient, model: BenchModel): Promise<void> {
  const firstTurnTokens = bench.quick ? 400 : 2000;
  const contextTokens = firstTurnTokens + 256;
  const server = await bench.server({ models: [model], flags: { contextTokens } });
  const peer = await bench.peer(model, { parallel: 4, contextTokens });
  const ask: Ask = async (side, prompt) => {
    const request = { protocol: "openai" as const, ...side, prompt, maxTokens: replyTokens, connection: 0 };
    const [record] = await client.run([request]);
    if (record === undefined) throw new Error("no answer");
    return { record, ttftMs: streamFigures(record).ttftMs };
  };
  const next = (prompt: string, reply: StreamRecord) =>
    `${prompt}${reply.text} ${bench.freshPrompt(model, nextTurnTokens)}`;
  const cria = { url: server.url, modelId: model.id, cachePrompt: true };
  const sides = [
    { name: "cache on", side: cria },
    { name: "cache off", side: { ...cria, cachePrompt: false } },
    ...(peer === undefined ? [] : [{ name: "peer", side: { ...peer, cachePrompt: true } }]),
  ];
  const cell = (side: string, figure: string) => `${model.name}, ${side}: ${figure}`;
  await interleave(
    bench.rounds(30),
    sides.map(({ name, side }) => ({
      name,
      async run(round) {
        const prompt = bench.freshPrompt(model, firstTurnTokens);
        const first = await ask(side, prompt);
        const second = await ask(side, next(prompt, first.record));
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
    const first = await ask(cria, prompt);
    await reload(server, model);
    // The model is in memory again, with empty caches; what is measured is the return, not the load.
    await ask(cria, bench.freshPrompt(model, nextTurnTokens));
    const back = await ask(cria, next(prompt, first.record));
    recorder.add(cell("parked", "first turn"), "ms", first.ttftMs);
    recorder.add(cell("parked", "return"), "ms", back.ttftMs);
    recorder.add(cell("parked", "return: tokens to read"), "count", tokensToRead(back.record));
  }
  recorder.ratio(cell("parked", "return / first turn"), cell("parked", "return"), cell("parked", "first turn"));
  recorder.goal("issue 6", cell("parked", "return / first turn"), "p50", "≤", 0.15);
  await measureSharedPrompt(bench, recorder, client, { model, side: cria, systemTokens: firstTurnTokens });
}

/** Conversations that begin with the same system prompt: one beside another that is being written, and several at once. */
async function measureSharedPrompt(
  bench: Bench,
  recorder: Recorder,
  client: LoadClient,
  { model, side, systemTokens }: { model: BenchModel; side: Side; systemTokens: number },
): Promise<void> {
  const conversations = (count: number) => {
    const system = bench.freshPrompt(model, systemTokens);
    return Array.from({ length: count }, (_, connection) => {
      const prompt = `${system} ${bench.freshPrompt(model, nextTurnTokens)}`;
      return { protocol: "openai" as const, ...side, prompt, maxTokens: replyTokens, connection };
    });
  };
  const cell = (figure: string) => `${model.name}, same system prompt: ${figure}`;
  for (let round = -1; round < bench.rounds(30); round++) {
    const [first, second] = await client.run(
      conversations(2).map((request, index) =>
        index === 0 ? { ...request, maxTokens: besideTokens } : { ...request, startAfterFirstPieces: true },
      ),
    );
    const together = await client.run(conversations(atOnce));
    if (first === undefined || second === undefined) throw new Error("no answer");
    if (round < 0) continue;
    recorder.add(cell("first"), "ms", streamFigures(first).ttftMs);
    recorder.add(cell("second beside it"), "ms", streamFigures(second).ttftMs);
    recorder.add(cell("second: tokens to read"), "count", tokensToRead(second));
    recorder.add(cell(`last of ${atOnce}`), "ms", Math.max(...together.map((record) => streamFigures(record).ttftMs)));
    const readTokens = together.reduce((sum, record) => sum + tokensToRead(record), 0);
    recorder.add(cell(`all ${atOnce}: tokens to read`), "count", readTokens);
  }
  recorder.ratio(cell("second / first"), cell("second beside it"), cell("first"));
  recorder.ratio(cell(`last of ${atOnce} / first`), cell(`last of ${atOnce}`), cell("first"));
}

/** Lets the worker park its caches, then ends it. */
async function reload(server: HostedServer, model: BenchModel): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, parkedAfterMs));
  const connection = new SocketConnection(server.url);
  await connection.open();
  await connection.request("model:unload", { modelId: model.id });
  connection.drop();
}

/** Those of the prompt that the cache did not have. */
function tokensToRead({ promptTokens = 0, cachedTokens = 0 }: StreamRecord): number {
  return promptTokens - cachedTokens;
}
