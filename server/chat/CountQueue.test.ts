import { expect, it } from "vitest";
import { CountQueue } from "./CountQueue.js";

it("[T22] counts one prompt with a model after the other, and refuses what would only fill the memory", async () => {
  const counts = new CountQueue();
  const begun: string[] = [];
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const count = (name: string) => async () => {
    begun.push(name);
    await held;
    return name;
  };
  const asked = [
    counts.run("a", count("first")),
    counts.run("a", count("second")),
    counts.run("b", count("of another model")),
    ...Array.from({ length: 61 }, (_, at) => counts.run("a", count(`${at}`))),
  ];
  await expect(counts.run("a", count("one more"))).rejects.toMatchObject({ code: "queue_full" });
  expect(begun).toEqual(["first", "of another model"]);
  goOn();
  expect((await Promise.all(asked)).slice(0, 3)).toEqual(["first", "second", "of another model"]);
  expect(await counts.run("a", count("later"))).toBe("later");
  expect(begun).not.toContain("one more");
});

it("goes on after a count that failed", async () => {
  const counts = new CountQueue();
  const failing = counts.run("a", () => Promise.reject(new Error("no")));
  const next = counts.run("a", () => Promise.resolve(5));
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe(5);
});
