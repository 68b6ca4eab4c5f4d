import { describe, expect, it } from "vitest";
import { testMessage } from "../state/testMessage.js";
import { canContinue } from "./canContinue.js";

describe("canContinue", () => {
  const reply = (rest: Parameters<typeof testMessage>[2]) => testMessage("m2", "m1", { role: "assistant", ...rest });
  it.each(["stopped", "length", "error"] as const)("a reply that ended with %s", (stopReason) => {
    expect(canContinue(reply({ stopReason }))).toBe(true);
  });

  it.each([
    ["that came to its own end", { stopReason: "end" }],
    ["that filled the context", { stopReason: "context" }],
    ["without a word", { stopReason: "stopped", text: "" }],
    ["that is being made", { status: "generating" }],
    ["that is no reply", { role: "user" }],
  ] as const)("not one %s", (_name, rest) => {
    expect(canContinue(reply(rest))).toBe(false);
  });
});
