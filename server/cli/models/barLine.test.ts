import { describe, expect, it } from "vitest";
import { barLine } from "./barLine.js";

const text = {
  message: "Fetching model-00001-of-00002.safetensors (9.9 GB) from huggyllama/llama-7b",
  details: ", 1.2 GB of 13.5 GB, 45.0 MB/s, 4 min left",
};

describe("a line of progress", () => {
  it("says all where there is room", () => {
    expect(barLine(0.5, text, 200)).toBe(` ████████████░░░░░░░░░░░░ 50% ${text.message}${text.details}`);
    expect(barLine(1, { message: "Converting", details: "" }, 80)).toBe(` ${"█".repeat(24)} 100% Converting`);
  });

  it("cuts the name and keeps the figures where there is little", () => {
    expect(barLine(0.5, text, 100)).toBe(` ████████████░░░░░░░░░░░░ 50% Fetching model-00001-of-00…${text.details}`);
  });

  it("goes without the bar where there is less", () => {
    expect(barLine(0.096, text, 66)).toBe(` 9% Fetching model-000…${text.details}`);
    expect(barLine(0.5, text, 60)).toBe(` 50% Fetching mo…${text.details}`);
  });

  it("is never wider than the terminal", () => {
    for (let columns = 2; columns < 200; columns++)
      for (const share of [0, 0.5, 1]) expect(barLine(share, text, columns).length).toBeLessThan(columns);
  });
});
