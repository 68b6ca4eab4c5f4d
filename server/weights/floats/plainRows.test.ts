import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allFinite, fromFloat32, toFloat32 } from "./plainRows.js";

const uint16Bytes = (...bits: number[]) => new Uint8Array(Uint16Array.from(bits).buffer);
const uint16s = (bytes: Uint8Array) => [...new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)];
const float32FromBits = (...bits: number[]) => new Float32Array(Uint32Array.from(bits).buffer);
const all16 = new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, bits) => bits).buffer);

/** Every finite half-precision number in ascending order with its bits, zero once. */
const halves = Array.from(toFloat32("F16", all16))
  .map((value, bits) => ({ value, bits }))
  .filter(({ value, bits }) => Number.isFinite(value) && bits !== 0x8000)
  .sort((a, b) => a.value - b.value);

/** The nearest half by search; of two equally near ones the one with the even last bit. */
function nearestHalf(value: number): number {
  let low = 0;
  let high = halves.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((halves[middle]?.value ?? 0) <= value) low = middle;
    else high = middle;
  }
  const [below, above] = [halves[low], halves[high]];
  if (below === undefined || above === undefined) throw new Error("no halves");
  const [down, up] = [value - below.value, above.value - value];
  if (down === up) return below.bits % 2 === 0 ? below.bits : above.bits;
  return down < up ? below.bits : above.bits;
}

describe("half precision", () => {
  it.each([
    [0x0000, 0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0x3c01, 1 + 2 ** -10],
    [0xc000, -2],
    [0x7bff, 65_504],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
  ])("reads %i", (bits, value) => {
    expect([...toFloat32("F16", uint16Bytes(bits))]).toEqual([value]);
  });

  it("keeps the sign of zero and reads NaN", () => {
    expect(Object.is(toFloat32("F16", uint16Bytes(0x8000))[0], -0)).toBe(true);
    expect(toFloat32("F16", uint16Bytes(0x7c01))[0]).toBeNaN();
  });

  it("writes every number back as it was", () => {
    const written = uint16s(fromFloat32("F16", toFloat32("F16", all16)));
    const notANumber = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
    expect(written.map((bits, index) => notANumber(index) || bits === index).every(Boolean)).toBe(true);
  });

  it("rounds to the nearest, ties to even, between every two neighbours", () => {
    const inputs: number[] = [];
    for (let i = 1; i < halves.length; i += 1) {
      const [a, b] = [halves[i - 1]?.value ?? 0, halves[i]?.value ?? 0];
      const middle = (a + b) / 2;
      inputs.push(middle, Math.fround(middle + (b - a) * 2 ** -12), Math.fround(middle - (b - a) * 2 ** -12));
    }
    const written = uint16s(fromFloat32("F16", Float32Array.from(inputs)));
    const wrong = inputs.filter((value, index) => ((written[index] ?? 0) & 0x7fff) !== (nearestHalf(value) & 0x7fff));
    expect(wrong).toEqual([]);
  });

  it("rounds any number to the nearest", () => {
    fc.assert(
      fc.property(fc.float({ min: -65_504, max: 65_504, noNaN: true }), (value) => {
        const [bits] = uint16s(fromFloat32("F16", Float32Array.of(value)));
        expect((bits ?? 0) & 0x7fff).toBe(nearestHalf(value) & 0x7fff);
        expect((bits ?? 0) >> 15).toBe(value < 0 || Object.is(value, -0) ? 1 : 0);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it.each([
    [0x477f_efff, 0x7bff],
    [0x477f_f000, 0x7c00],
    [0x4780_0000, 0x7c00],
    [0xc780_0000, 0xfc00],
    [0x7f80_0000, 0x7c00],
    [0x7fc0_0000, 0x7e00],
    [0x3300_0000, 0x0000],
    [0x3300_0001, 0x0001],
    [0x0000_0001, 0x0000],
    [0x8000_0001, 0x8000],
    [0x387f_ffff, 0x0400],
  ])("writes the bits %i", (bits, half) => {
    expect(uint16s(fromFloat32("F16", float32FromBits(bits)))).toEqual([half]);
  });
});

describe("bfloat16", () => {
  it("is the upper half of a single-precision number", () => {
    expect([...toFloat32("BF16", uint16Bytes(0x3f80, 0xc049, 0x0001))]).toEqual([1, -3.140625, 2 ** -133]);
  });

  it.each([
    [0x3f80_8000, 0x3f80],
    [0x3f81_8000, 0x3f82],
    [0x3f80_8001, 0x3f81],
    [0x3f80_7fff, 0x3f80],
    [0xbf80_8001, 0xbf81],
    [0x7f7f_ffff, 0x7f80],
    [0x7f80_0000, 0x7f80],
    [0xff80_0000, 0xff80],
    [0x7f80_0001, 0x7fc0],
    [0x0000_8001, 0x0001],
  ])("rounds the bits %i", (bits, expected) => {
    expect(uint16s(fromFloat32("BF16", float32FromBits(bits)))).toEqual([expected]);
  });
});

describe("allFinite", () => {
  it("sees NaN and infinity in each type, at any place", () => {
    for (const type of ["F32", "F16", "BF16"] as const)
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
        for (const index of [0, 3, 6]) {
          const values = new Float32Array(7).fill(1.5);
          expect(allFinite(type, fromFloat32(type, values))).toBe(true);
          values[index] = bad;
          expect(allFinite(type, fromFloat32(type, values)), `${type} ${bad}`).toBe(false);
        }
  });

  it("reads bytes that are not aligned", () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(1, 2).buffer), 1);
    expect(allFinite("F32", bytes.subarray(1))).toBe(true);
    expect([...toFloat32("F32", bytes.subarray(1))]).toEqual([1, 2]);
  });
});
