import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseNode, type NodeLoad } from "./chooseNode.js";

const idle = (count: number): NodeLoad[] => Array.from({ length: count }, (_, n) => ({ id: `node-${n}`, running: 0 }));
const conversations = Array.from({ length: 3000 }, (_, n) => `conversation-${n}`);

describe("chooseNode", () => {
  it("gives a conversation the same node, in whatever order they are listed", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 9 }), (key, count) => {
        const nodes = idle(count);
        expect(chooseNode(key, [...nodes].reverse())).toEqual(chooseNode(key, nodes));
      }),
    );
  });

  it("spreads conversations evenly", () => {
    const counts = new Map<string, number>();
    for (const key of conversations) {
      const id = chooseNode(key, idle(3))?.id ?? "";
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    // 1000 each; the standard deviation is 26.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });

  it("moves only the conversations of a node that goes", () => {
    const all = idle(4);
    const left = all.slice(1);
    for (const key of conversations) {
      const before = chooseNode(key, all)?.id;
      if (before !== "node-0") expect(chooseNode(key, left)?.id).toBe(before);
    }
  });

  it("passes over nobody where little runs", () => {
    const key = conversations.find((candidate) => chooseNode(candidate, idle(3))?.id === "node-1") ?? "";
    const some = idle(3).map((node) => (node.id === "node-1" ? { ...node, running: 3 } : node));
    expect(chooseNode(key, some)?.id).toBe("node-1");
  });

  it("never chooses a node that has more than a quarter above its share", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 12 }), fc.string(), (loads, key) => {
        const nodes = loads.map((running, n) => ({ id: `node-${n}`, running }));
        const total = loads.reduce((sum, load) => sum + load, 1);
        const chosen = chooseNode(key, nodes);
        expect(chosen?.running).toBeLessThan(Math.max(4, Math.ceil((1.25 * total) / nodes.length)));
      }),
    );
  });

  it("passes over a full node for one conversation as for all of its own", () => {
    const key = conversations.find((candidate) => chooseNode(candidate, idle(3))?.id === "node-1") ?? "";
    const full = idle(3).map((node) => (node.id === "node-1" ? { ...node, running: 5 } : node));
    expect(chooseNode(key, full)?.id).not.toBe("node-1");
    expect(
      chooseNode(
        key,
        full.map((node) => ({ ...node, running: 5 })),
      )?.id,
    ).toBe("node-1");
  });

  it("knows none where there is none", () => {
    expect(chooseNode("x", [])).toBeUndefined();
  });
});
