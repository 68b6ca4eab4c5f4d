import { describe, expect, it } from "vitest";
import { FairQueue, rememberedClients } from "./FairQueue.js";

const entry = (name: string, client: string, priority: "watched" | "background" = "watched") => ({
  name,
  client,
  priority,
});
const fill = (...entries: ReturnType<typeof entry>[]) => {
  const queue = new FairQueue<ReturnType<typeof entry>>();
  for (const each of entries) queue.push(each);
  return queue;
};
const names = (entries: { name: string }[]) => entries.map(({ name }) => name).join(" ");

describe("FairQueue", () => {
  it("serves the clients in turn, and each one's requests in their order", () => {
    const queue = fill(
      entry("a1", "a"),
      entry("a2", "a"),
      entry("a3", "a"),
      entry("b1", "b"),
      entry("c1", "c"),
      entry("b2", "b"),
    );
    expect(names(queue.inOrder())).toBe("a1 b1 c1 a2 b2 a3");
    expect(Array.from({ length: 6 }, () => queue.shift()?.name).join(" ")).toBe("a1 b1 c1 a2 b2 a3");
    expect(queue.shift()).toBeUndefined();
  });

  it("puts one who was just served behind one who was not", () => {
    const queue = fill(entry("a1", "a"), entry("b1", "b"));
    queue.noteServed("a");
    expect(names(queue.inOrder())).toBe("b1 a1");
  });

  it("serves what nobody watches last", () => {
    const queue = fill(entry("title", "a", "background"), entry("b1", "b"), entry("b2", "b"));
    expect(names(queue.inOrder())).toBe("b1 b2 title");
  });

  it("forgets one that left", () => {
    const [a, b] = [entry("a1", "a"), entry("b1", "b")];
    const queue = fill(a, b);
    expect([queue.remove(a), queue.remove(a)]).toEqual([true, false]);
    expect(names(queue.inOrder())).toBe("b1");
  });

  it("keeps when those who wait were served, also among many clients", () => {
    const queue = fill(entry("a1", "a"), entry("b1", "b"), entry("c1", "c"));
    for (const client of ["c", "a"]) queue.noteServed(client);
    for (let client = 0; client < rememberedClients; client++) queue.noteServed(`other ${client}`);
    expect(names(queue.inOrder())).toBe("b1 c1 a1");
    queue.push(entry("late", "other 0"));
    expect(names(queue.inOrder())).toBe("b1 late c1 a1");
  });

  it("looking changes nothing", () => {
    const queue = fill(entry("a1", "a"), entry("a2", "a"), entry("b1", "b"));
    expect(names(queue.inOrder())).toBe(names(queue.inOrder()));
    expect(queue.length).toBe(3);
  });
});
