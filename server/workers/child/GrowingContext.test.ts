import { expect, it } from "vitest";
import { GrowingContext } from "./GrowingContext.js";

function growing(refuses: (tokens: number) => boolean = () => false) {
  const made: number[] = [];
  let alive = 0;
  let most = 0;
  const context = new GrowingContext((tokens) => {
    if (refuses(tokens)) return Promise.reject(new Error("no memory"));
    made.push(tokens);
    most = Math.max(most, ++alive);
    const dispose = () => {
      alive--;
      return Promise.resolve();
    };
    return Promise.resolve({ tokens, dispose });
  });
  const use = (tokens: number) => context.use(tokens, 4096, (given) => Promise.resolve(given.tokens));
  return { made, use, context, mostAlive: () => most };
}

it("is made for what is needed, and anew only for more", async () => {
  const { made, use, mostAlive } = growing();
  expect(await Promise.all([use(10), use(500), use(600), use(20), use(4000)])).toEqual([512, 512, 1024, 1024, 4096]);
  expect(made).toEqual([512, 1024, 4096]);
  expect(mostAlive()).toBe(1);
});

it("goes on after one that could not be made, or whose use failed", async () => {
  const { use } = growing((tokens) => tokens > 1024);
  await expect(use(2000)).rejects.toThrow("no memory");
  expect(await use(10)).toBe(512);
  const failing = new GrowingContext(() => Promise.resolve({ dispose: () => Promise.resolve() }));
  await expect(failing.use(1, 512, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await failing.use(1, 512, () => Promise.resolve("whole"))).toBe("whole");
});

it("is made anew after a use that failed: what is left in it is not known", async () => {
  const { made, use, context, mostAlive } = growing();
  await use(10);
  await expect(context.use(10, 4096, () => Promise.reject(new Error("stopped")))).rejects.toThrow("stopped");
  expect(await use(10)).toBe(512);
  expect(made).toEqual([512, 512]);
  expect(mostAlive()).toBe(1);
});

it("is never larger than the model's context", async () => {
  const { made, use } = growing();
  await use(4096);
  expect(made).toEqual([4096]);
  const small = new GrowingContext((tokens) => Promise.resolve({ tokens, dispose: () => Promise.resolve() }));
  expect(await small.use(100, 300, ({ tokens }) => Promise.resolve(tokens))).toBe(300);
});
