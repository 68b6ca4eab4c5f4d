import { describe, expect, it } from "vitest";
import { AppError } from "../../platform/AppError.js";
import { rowSizeBytes } from "../ggmlTypes.js";
import { randomValues } from "./fixtures/randomModel.js";
import { findGgmlLibrary } from "./ggmlLibrary.js";
import { type DecodableType, type EncodableType, loadGgmlNative } from "./ggmlNative.js";

describe("findGgmlLibrary", () => {
  it("finds each library, and prefers the build without a GPU", () => {
    for (const name of ["ggml-base", "ggml", "llama"] as const) {
      const path = findGgmlLibrary(name);
      expect(path).toMatch(new RegExp(`[\\\\/](lib)?${name}[^\\\\/]*\\.(so|dylib|dll)$`));
      if (process.platform !== "darwin") expect(path).not.toMatch(/cuda|vulkan/);
    }
  });

  it("says which package is missing", () => {
    const error = (() => {
      try {
        return findGgmlLibrary("ggml-base", "aix", "s390x");
      } catch (error) {
        return error;
      }
    })();
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: "quantizer_unavailable",
      hint: expect.stringContaining("@node-llama-cpp/aix-s390x"),
    });
  });
});

describe("loadGgmlNative", () => {
  const native = loadGgmlNative();
  const columns = 512;
  const values = randomValues(2 * columns, 3);

  /** The largest error of one value, and the file's own bytes back. */
  function roundTrip(type: EncodableType & DecodableType): number {
    const bytes = new Uint8Array(2 * rowSizeBytes(type, columns));
    native.fromF32(type, values, bytes, 2, columns);
    const back = new Float32Array(2 * columns);
    native.toF32(type, bytes, back, 2, columns);
    return back.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (values[index] ?? 0))), 0);
  }

  it("reads what it writes, as precisely as the type allows", () => {
    expect(roundTrip("F32")).toBe(0);
    expect(roundTrip("F16")).toBeLessThan(0.0005);
    expect(roundTrip("BF16")).toBeLessThan(0.004);
    expect(roundTrip("Q8_0")).toBeLessThan(0.005);
    for (const type of ["Q6_K", "Q5_K", "Q5_0", "Q5_1"] as const) expect(roundTrip(type), type).toBeLessThan(0.08);
    for (const type of ["Q4_0", "Q4_1", "Q4_K"] as const) expect(roundTrip(type), type).toBeLessThan(0.15);
    for (const type of ["Q2_K", "Q3_K"] as const) expect(roundTrip(type), type).toBeLessThan(0.5);
  });

  it("knows values that are not finite", () => {
    expect(native.isFinite("F32", new Uint8Array(Float32Array.of(1, 2).buffer))).toBe(true);
    expect(native.isFinite("F32", new Uint8Array(Float32Array.of(1, Number.NaN).buffer))).toBe(false);
    expect(native.isFinite("F16", Uint8Array.of(0, 0x7c))).toBe(false);
  });

  it("refuses buffers that are too small before native code sees them", () => {
    expect(() => native.fromF32("Q4_0", values, new Uint8Array(17), 1, 32)).toThrow(RangeError);
    expect(() => native.fromF32("Q4_0", new Float32Array(31), new Uint8Array(18), 1, 32)).toThrow(RangeError);
    expect(() => native.fromF32("Q4_0", values, new Uint8Array(18), 1, 33)).toThrow(RangeError);
    expect(() => native.toF32("F16", new Uint8Array(3), new Float32Array(2), 1, 2)).toThrow(RangeError);
    expect(() => native.toF32("Q8_0", new Uint8Array(34), new Float32Array(31), 1, 32)).toThrow(RangeError);
  });
});
