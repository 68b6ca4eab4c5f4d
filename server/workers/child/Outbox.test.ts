import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { WorkerMessage } from "../messages.js";
import { Outbox } from "./Outbox.js";

const text = (id: string): WorkerMessage => ({ type: "text", id, text: "a", tokenCount: 1 });
const queued: WorkerMessage = { type: "queued", id: "c", position: 1 };

function start() {
  const written: (WorkerMessage | WorkerMessage[])[] = [];
  let announce = () => {};
  const wrote = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const outbox = new Outbox((messages) => {
    written.push(messages);
    announce();
  });
  return { outbox, written, wrote };
}

describe("Outbox", () => {
  it("sends the pieces of a batch together once the next one is under way", async () => {
    const { outbox, written } = start();
    outbox.hold(text("a"));
    outbox.hold(text("b"));
    outbox.batchBegins();
    expect(written).toEqual([]);
    await setImmediate();
    expect(written).toEqual([[text("a"), text("b")]]);
  });

  it("sends anything else at once, and what was held before it", () => {
    const { outbox, written } = start();
    outbox.hold(text("a"));
    outbox.send(queued);
    outbox.send(queued);
    expect(written).toEqual([[text("a"), queued], queued]);
  });

  it("keeps nothing back when no batch begins", async () => {
    const { outbox, written, wrote } = start();
    outbox.hold(text("a"));
    await wrote;
    expect(written).toEqual([text("a")]);
  });

  it("sends nothing twice", async () => {
    const { outbox, written } = start();
    outbox.hold(text("a"));
    outbox.batchBegins();
    outbox.send(queued);
    outbox.batchBegins();
    await setImmediate();
    expect(written).toEqual([[text("a"), queued]]);
  });
});
