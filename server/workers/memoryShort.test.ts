import { describe, expect, it } from "vitest";
import { memoryShort } from "./memoryShort.js";

describe("memoryShort", () => {
  it.each([
    [4.1e9, 2e9, "4.1 GB of memory and 2.0 GB"],
    [0.863e9, 0.858e9, "0.863 GB of memory and 0.858 GB"],
    [1.24e9, 1.16e9, "1.24 GB of memory and 1.16 GB"],
  ])("says what is missing in numbers that differ: %d of %d", (wantedBytes, freeBytes, numbers) => {
    const { code, message, hint } = memoryShort("llama.7B", wantedBytes, freeBytes, "Close other programs.");
    expect(message).toBe(`llama.7B needs ${numbers} are free.`);
    expect([code, hint]).toEqual(["memory_short", "Close other programs."]);
  });
});
