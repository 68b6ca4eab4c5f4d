import { expect, it } from "vitest";
import { emptyGeneration } from "../state/applyGenerationEvent.js";
import { testMessage } from "../state/testMessage.js";
import { replyNow } from "./replyNow.js";

const running = testMessage("m2", "m1", { role: "assistant", status: "generating", text: "Once upon" });

it("shows the stored beginning until the log has caught up", () => {
  expect(replyNow(running, undefined)).toEqual({ text: "Once upon", running: true, end: undefined });
  expect(replyNow(running, { ...emptyGeneration, seq: 2, text: "Once" }).text).toBe("Once upon");
  expect(replyNow(running, { ...emptyGeneration, seq: 5, text: "Once upon a time" }).text).toBe("Once upon a time");
});

it("is finished when the log says so, before the stored message does", () => {
  const view = { ...emptyGeneration, seq: 6, text: "Once upon a", end: { stopReason: "stopped" as const } };
  expect(replyNow(running, view)).toEqual({ text: "Once upon a", running: false, end: { stopReason: "stopped" } });
});

it("shows what was stored once it is complete, whatever the log held", () => {
  const done = { ...running, status: "complete" as const, stopReason: "end" as const };
  const view = { ...emptyGeneration, seq: 9, text: "Once upon a time and more" };
  expect(replyNow(done, view)).toMatchObject({ text: "Once upon", running: false, end: { stopReason: "end" } });
});
