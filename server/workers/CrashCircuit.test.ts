import { describe, expect, it } from "vitest";
import { CrashCircuit } from "./CrashCircuit.js";

const open = expect.objectContaining({ code: "model_crashing" });

describe("CrashCircuit", () => {
  const times = { crashes: 3, withinMs: 1000, pauseMs: 100 };
  const at = (ms: number[]) => {
    let nowMs = 0;
    const circuit = new CrashCircuit(times, () => nowMs);
    for (const atMs of ms) {
      nowMs = atMs;
      circuit.crashed("m", "It fell over.");
    }
    return { circuit, set: (atMs: number) => (nowMs = atMs) };
  };

  it("[T27] opens after three crashes in a short time, says why, and closes after a pause", () => {
    const { circuit, set } = at([0, 400, 800]);
    expect(() => circuit.check("m")).toThrowError(open);
    expect(() => circuit.check("m")).toThrowError(/It fell over/);
    circuit.check("other");
    set(900);
    circuit.check("m");
  });

  it("[T27] opens again at once when the try after the pause crashes too", () => {
    const { circuit, set } = at([0, 400, 800]);
    set(910);
    circuit.check("m");
    circuit.crashed("m", "Again.");
    expect(() => circuit.check("m")).toThrowError(open);
  });

  it("[T27] closes when somebody asks for another try, and then takes three more", () => {
    const { circuit } = at([0, 1, 2]);
    circuit.close("m");
    circuit.check("m");
    circuit.crashed("m", "Again.");
    circuit.check("m");
  });

  it("[T27] stays closed for two crashes, and for those long past", () => {
    expect(() => at([0, 400]).circuit.check("m")).not.toThrow();
    expect(() => at([0, 5000, 10_000]).circuit.check("m")).not.toThrow();
  });
});
