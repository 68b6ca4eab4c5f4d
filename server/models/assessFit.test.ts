import { describe, expect, it } from "vitest";
import { assessFit } from "./assessFit.js";

const room = { availableMemoryBytes: 6e9, totalMemoryBytes: 8e9, freeDiskBytes: 20e9 };

describe("assessFit", () => {
  it.each([
    ["fits", { ramBytes: 2e9, diskBytes: 3e9 }, "needs 2.0 GB of memory, 8.0 GB are there"],
    ["tight", { ramBytes: 6.5e9, diskBytes: 3e9 }, "6.0 GB of them unused now"],
    ["tight", { ramBytes: 5.8e9, diskBytes: 3e9 }, "needs 5.8 GB of memory"],
    ["tight", { ramBytes: 2e9, diskBytes: 19e9 }, "needs 19.0 GB of disk, 20.0 GB are free"],
    ["tooBig", { ramBytes: 7.9e9, diskBytes: 3e9 }, "needs 7.9 GB of memory"],
    ["tooBig", { ramBytes: 2e9, diskBytes: 21e9 }, "needs 21.0 GB of disk"],
  ])("%s: %o", (fit, needs, reason) => {
    const result = assessFit(needs, room);
    expect(result.fit).toBe(fit);
    expect(result.reason).toContain(reason);
  });

  it("gives the figures too, for those who say it in other words", () => {
    expect(assessFit({ ramBytes: 6.5e9, diskBytes: 3e9 }, room).limit).toEqual({
      of: "memory",
      neededBytes: 6.5e9,
      presentBytes: 8e9,
      unusedBytes: 6e9,
    });
    expect(assessFit({ ramBytes: 2e9, diskBytes: 21e9 }, room).limit).toEqual({
      of: "disk",
      neededBytes: 21e9,
      presentBytes: 20e9,
    });
  });
});
