import { describe, expect, it } from "vitest";
import { KeyedQueue } from "./KeyedQueue.js";

/** Work that ends when it is told to. */
function gate(): { work: () => Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { work: () => opened, open };
}

describe("KeyedQueue", () => {
  it("begins the first piece of work at once", () => {
    const queue = new KeyedQueue();
    let begun = false;
    void queue.run("a", async () => {
      begun = true;
      await Promise.resolve();
    });
    expect(begun).toBe(true);
  });

  it("does work on one thing in its order and lets nobody wait for other things", async () => {
    const queue = new KeyedQueue();
    const order: string[] = [];
    const first = gate();
    const done = [
      queue.run("a", async () => {
        await first.work();
        order.push("a1");
      }),
      queue.run("a", async () => {
        await Promise.resolve();
        order.push("a2");
      }),
    ];
    await queue.run("b", async () => {
      await Promise.resolve();
      order.push("b");
    });
    expect(order).toEqual(["b"]);
    first.open();
    await Promise.all(done);
    expect(order).toEqual(["b", "a1", "a2"]);
  });

  it("goes on after work that failed", async () => {
    const queue = new KeyedQueue();
    const failing = queue.run("a", () => Promise.reject(new Error("no")));
    const next = queue.run("a", () => Promise.resolve("yes"));
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });

  it("gives the answer to who asked before the next piece of work begins", async () => {
    const queue = new KeyedQueue();
    const order: string[] = [];
    const answered = queue
      .run("a", () => Promise.resolve())
      .then(() => undefined)
      .then(() => undefined)
      .then(() => order.push("answered"));
    const next = queue.run("a", async () => {
      order.push("next");
      await Promise.resolve();
    });
    await Promise.all([answered, next]);
    expect(order).toEqual(["answered", "next"]);
  });

  it("is idle when everything is done, also what was asked for meanwhile", async () => {
    const queue = new KeyedQueue();
    const order: string[] = [];
    void queue.run("a", async () => {
      await Promise.resolve();
      order.push("a");
      void queue.run("b", async () => {
        await Promise.resolve();
        order.push("b");
      });
    });
    await queue.idle();
    expect(order).toEqual(["a", "b"]);
  });
});
