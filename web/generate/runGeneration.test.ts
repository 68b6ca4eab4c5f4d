import { describe, expect, it } from "vitest";
import type { GenerationView } from "../state/applyGenerationEvent.js";
import { FakeConnection } from "../state/FakeConnection.js";
import { runGeneration } from "./runGeneration.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

function start(answers: ConstructorParameters<typeof FakeConnection>[0] = {}) {
  const connection = new FakeConnection({
    "generation:start": () => ({ ok: true, data: { generationId: "g1" } }),
    "generation:follow": () => ({ ok: true, data: { lastSeq: 0, ended: false } }),
    ...answers,
  });
  connection.setStatus("connected");
  const views: GenerationView[] = [];
  const run = runGeneration(
    connection,
    { modelId: "demo", prompt: "Once" },
    (view) => views.push(view),
    (task) => {
      task();
      return () => {};
    },
  );
  return { connection, run, view: () => views.at(-1) };
}

describe("a generation that belongs to no chat", () => {
  it("grows, goes on where it was after a lost connection, and ends", async () => {
    const { connection, view } = start();
    await settled();
    connection.say("generation:events", {
      generationId: "g1",
      events: [{ seq: 1, type: "text", text: " upon", tokenCount: 1 }],
    });
    connection.say("generation:events", {
      generationId: "other",
      events: [{ seq: 2, type: "text", text: "!", tokenCount: 1 }],
    });
    expect(view()?.text).toBe(" upon");
    connection.setStatus("reconnecting");
    connection.setStatus("connected");
    expect(connection.payloads("generation:follow").map(({ afterSeq }) => afterSeq)).toEqual([0, 1]);
    connection.say("generation:events", { generationId: "g1", events: [{ seq: 2, type: "end", stopReason: "end" }] });
    expect(view()?.end?.stopReason).toBe("end");
  });

  it("is stopped even when that was wished before the server had answered", async () => {
    const { connection, run } = start();
    run.stop();
    await settled();
    expect(connection.payloads("generation:stop")).toEqual([{ generationId: "g1" }]);
  });

  it("ends when it is refused", async () => {
    const error = { code: "queue_full", message: "Too many." } as const;
    const { view } = start({ "generation:start": () => ({ ok: false, error }) });
    await settled();
    expect(view()?.end).toEqual({ stopReason: "error", error });
  });
});
