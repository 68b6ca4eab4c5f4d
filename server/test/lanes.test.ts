import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { packagePath } from "../platform/paths.js";
import { Engine, type Token } from "../workers/child/engine.js";
import type { Lane } from "../workers/child/Lane.js";
import { type LaneRequest, Lanes } from "../workers/child/Lanes.js";
import { ParkedStates } from "../workers/child/ParkedStates.js";
import { temporaryHome } from "./TestServer.js";

const modelPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
let home: Awaited<ReturnType<typeof temporaryHome>>;
let engine: Engine;
beforeAll(async () => {
  home = await temporaryHome();
  engine = await Engine.load(
    { modelPath, contextTokens: 512, sequences: 2, threads: 1, maxThreads: 1, gpu: "off" },
    {},
  );
});
afterAll(async () => {
  await engine.close();
  await home.remove();
});

describe("a prompt that is to be read anew", () => {
  it("takes nobody's lane for what it holds, and loads nothing from the disk", async () => {
    const parked = await ParkedStates.open(home.path, { maxBytes: 1e9 });
    const lanes = new Lanes(engine, engine.batcher, parked);
    const [story, other] = ["the dog ran home ", "a cat sat there "].map((text) =>
      engine.tokenize([{ text: text.repeat(70), special: false }]),
    ) as [Token[], Token[]];
    const use = <T>(promptTokens: Token[], reusePrefix: boolean, work: (lane: Lane) => Promise<T>) => {
      const asked: Omit<LaneRequest, "promptTokens" | "reusePrefix"> = {
        generationId: "one",
        client: "alice",
        owner: "alice",
        priority: "watched",
        conversationId: undefined,
        temporary: false,
        signal: new AbortController().signal,
        onPosition: () => {},
      };
      return lanes.use({ ...asked, promptTokens, reusePrefix }, work);
    };
    const read = (tokens: Token[]) =>
      use(tokens, true, async ({ id, sequence }) => {
        if (sequence.nextTokenIndex === 0) await sequence.evaluateWithoutGeneratingNewTokens(tokens);
        return id;
      });
    const held = await read(story);
    await lanes.parkIdle();
    const restore = vi.spyOn(parked, "restore");
    expect(parked.bestPrefix(story, "alice")).toBe(story.length);

    const anew = await use(story, false, async ({ id }) => id);
    expect(anew).not.toBe(held);
    await read(other);
    await use(other, true, async ({ sequence }) => sequence.clearHistory());
    await use(story, true, async ({ sequence }) => sequence.clearHistory());
    await use(story, false, async ({ sequence }) => expect(sequence.nextTokenIndex).toBe(0));
    expect(restore).not.toHaveBeenCalled();
    await use(story, true, async ({ sequence }) => expect(sequence.contextTokens).toEqual(story));
    expect(restore).toHaveBeenCalledTimes(1);
  });
});
