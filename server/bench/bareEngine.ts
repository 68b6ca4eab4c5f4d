/**
 * node-llama-cpp with nothing around it, in a process of its own: what the engine alone can do, the top rung of the ladder. The
 * only file beside the worker's that knows the library.
 */
import { getLlama, LlamaLogLevel } from "node-llama-cpp";
import { contextOptions, headSizeOf } from "../workers/child/contextOptions.js";
import type { BareCommand, BareReply } from "./BareEngineProcess.js";
import { monotonicMs } from "./monotonicMs.js";

function send(reply: BareReply): void {
  if (process.connected) process.send?.(reply);
}

async function load({ modelPath, threads, contextTokens }: BareCommand & { type: "load" }) {
  const llama = await getLlama({
    build: "never",
    gpu: false,
    maxThreads: threads,
    logLevel: LlamaLogLevel.error,
    skipDownload: true,
  });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({
    sequences: 1,
    contextSize: Math.min(contextTokens, model.trainContextSize),
    batchSize: 512,
    threads,
    // The same attention as Cria's: the rungs of the ladder are to differ in what is around the engine.
    ...contextOptions({}, { gpu: false, headSize: headSizeOf(model.fileInfo.architectureMetadata) }),
  });
  const sequence = context.getSequence();
  return async (prompt: string, maxTokens: number): Promise<BareReply> => {
    await sequence.clearHistory();
    const tokens = model.tokenize(prompt);
    if (model.tokens.bos !== null && tokens[0] !== model.tokens.bos) tokens.unshift(model.tokens.bos);
    const startMs = monotonicMs();
    const arrivalsMs: number[] = [];
    for await (const _token of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
      arrivalsMs.push(monotonicMs());
      if (arrivalsMs.length >= maxTokens) break;
    }
    return { type: "ran", startMs, arrivalsMs, promptTokens: tokens.length };
  };
}

let run: Awaited<ReturnType<typeof load>> | undefined;

async function serve(command: BareCommand): Promise<void> {
  if (command.type === "load") {
    run = await load(command);
    send({ type: "loaded" });
  } else if (command.type === "run" && run !== undefined) send(await run(command.prompt, command.maxTokens));
  else process.exit(0);
}

process.on("message", (command: BareCommand) => {
  serve(command).catch((error: unknown) => {
    send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  });
});
process.on("disconnect", () => process.exit(0));
