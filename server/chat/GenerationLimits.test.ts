import { describe, expect, it } from "vitest";
import { localPrincipal } from "../access/Principal.js";
import { GenerationLimits, type WorkKind } from "./GenerationLimits.js";

const guest = (id: string) => ({ id, owner: id, name: id });

/** How many are let in before the first refusal, and what that says. */
function fill(limits: GenerationLimits, by: typeof localPrincipal, clientOf: (n: number) => string) {
  for (let n = 0; ; n++)
    try {
      limits.enter(by, clientOf(n));
    } catch (error) {
      return { count: n, error };
    }
}

describe("GenerationLimits", () => {
  it("[T22] bounds what one connection, one owner and all together have under way", () => {
    const limits = new GenerationLimits();
    expect(fill(limits, localPrincipal, () => "one")).toMatchObject({ count: 256, error: { code: "queue_full" } });
    expect(fill(limits, localPrincipal, (n) => `other ${n}`)).toMatchObject({
      count: 512,
      error: { code: "queue_full" },
    });
    expect(fill(limits, guest("a"), () => "a")).toMatchObject({ count: 64 });
    expect(fill(limits, guest("b"), () => "b")).toMatchObject({ count: 64 });
    limits.leave(guest("b"), "b");
    expect(fill(limits, guest("b"), () => "b")).toMatchObject({ count: 1 });
    expect(fill(limits, guest("c"), () => "c")).toMatchObject({ count: 64 });
    expect(fill(limits, guest("d"), () => "d")).toMatchObject({ count: 64 });
    expect(fill(limits, guest("e"), () => "e")).toMatchObject({ count: 0, error: { code: "queue_full" } });
  });

  it("[T24] bounds how fast a token begins more, but not whoever sits at the machine", () => {
    const limits = new GenerationLimits();
    const many = (by: typeof localPrincipal, kind: WorkKind = "reply") => {
      for (let n = 0; n < 1000; n++) {
        try {
          limits.enter(by, "x", kind);
        } catch (error) {
          return { count: n, error };
        }
        limits.leave(by, "x");
      }
      return { count: 1000 };
    };
    const { count, error } = many(guest("a")) as { count: number; error?: unknown };
    expect(error).toMatchObject({ code: "too_many_requests", retryAfterMs: expect.any(Number) });
    expect(count).toBeGreaterThanOrEqual(600);
    expect(many(localPrincipal)).toEqual({ count: 1000 });
    // Embeddings come in thousands, and do not use up the replies' share.
    expect(many(guest("a"), "embedding")).toEqual({ count: 1000 });
    expect(many(guest("b"), "embedding")).toEqual({ count: 1000 });
    expect(many(guest("b"))).toMatchObject({ error: { code: "too_many_requests" } });
  });
});
