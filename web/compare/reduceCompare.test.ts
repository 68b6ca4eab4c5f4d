import { describe, expect, it } from "vitest";
import { emptyGeneration } from "../state/applyGenerationEvent.js";
import { type CompareEvent, isComparing, reduceCompare, startCompare } from "./reduceCompare.js";

const stateAfter = (...events: CompareEvent[]) =>
  events.reduce(reduceCompare, startCompare("llama", ["alpaca", "llama"]));
const ended = { ...emptyGeneration, text: "Hi.", end: { stopReason: "end" as const } };
const models = (state: ReturnType<typeof stateAfter>) => state.columns.map(({ modelId }) => modelId);
const runBegun: CompareEvent = { type: "runBegun", prompt: "Hello" };
const bothEnded: CompareEvent[] = [0, 1].map((id) => ({ type: "viewChanged", id, view: ended }));

describe("models side by side", () => {
  it("begin with the chosen one beside another, or beside itself where there is only one", () => {
    expect(models(stateAfter())).toEqual(["llama", "alpaca"]);
    expect(models(startCompare("llama", ["llama"]))).toEqual(["llama", "llama"]);
  });

  it("are two to four", () => {
    const added: CompareEvent = { type: "columnAdded", modelId: "vicuna" };
    expect(models(stateAfter(added, added, added))).toEqual(["llama", "alpaca", "vicuna", "vicuna"]);
    expect(models(stateAfter({ type: "columnRemoved", id: 0 }))).toEqual(["llama", "alpaca"]);
    expect(models(stateAfter(added, { type: "columnRemoved", id: 0 }))).toEqual(["alpaca", "vicuna"]);
  });

  it("do not change while they write", () => {
    const running = stateAfter(runBegun, { type: "viewChanged", id: 0, view: ended });
    expect(isComparing(running)).toBe(true);
    expect(reduceCompare(running, { type: "modelChosen", id: 1, modelId: "llama" })).toBe(running);
    const done = reduceCompare(running, { type: "viewChanged", id: 1, view: ended });
    expect(isComparing(done)).toBe(false);
    expect(models(reduceCompare(done, { type: "modelChosen", id: 1, modelId: "llama" }))).toEqual(["llama", "llama"]);
  });
});

describe("a vote", () => {
  it("counts once per run, and can be moved and taken back", () => {
    const wins = (...events: CompareEvent[]) => stateAfter(...events).columns.map((column) => column.wins);
    const vote = (id: number): CompareEvent => ({ type: "voted", id });
    expect(wins(vote(0))).toEqual([1, 0]);
    expect(wins(vote(0), vote(1))).toEqual([0, 1]);
    expect(wins(vote(0), vote(0))).toEqual([0, 0]);
    expect(wins(vote(0), runBegun, ...bothEnded, vote(0))).toEqual([2, 0]);
  });
});
