import { describe, expect, it } from "vitest";
import { inOrder } from "./inOrder.js";

/** A job that ends when it is told to. */
function controlled() {
  const started: number[] = [];
  const finish: ((error?: Error) => void)[] = [];
  const job = (index: number) => () => {
    started.push(index);
    return new Promise<number>((resolve, reject) => {
      finish[index] = (error) => (error === undefined ? resolve(index) : reject(error));
    });
  };
  return { started, finish, jobs: [0, 1, 2, 3, 4].map(job) };
}

describe("inOrder", () => {
  it("yields in the jobs' order whatever ends first, and never has more than its concurrency under way", async () => {
    const { started, finish, jobs } = controlled();
    const results = inOrder(jobs, 2);
    const first = results.next();
    expect(started).toEqual([0, 1]);
    finish[1]?.();
    finish[0]?.();
    expect((await first).value).toBe(0);
    expect(started).toEqual([0, 1]);
    expect((await results.next()).value).toBe(1);
    const third = results.next();
    expect(started).toEqual([0, 1, 2, 3]);
    finish[3]?.();
    finish[2]?.();
    expect((await third).value).toBe(2);
  });

  it("ends with the first failure, after the jobs under way have ended", async () => {
    const { started, finish, jobs } = controlled();
    const results = inOrder(jobs, 3);
    const first = results.next();
    let settled = false;
    first.catch(() => {
      settled = true;
    });
    finish[0]?.(new Error("broken"));
    finish[1]?.();
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    finish[2]?.(new Error("not the first"));
    await expect(first).rejects.toThrow("broken");
    expect(started).toEqual([0, 1, 2]);
    expect((await results.next()).done).toBe(true);
  });
});
