import { afterEach, describe, expect, it } from "vitest";
import { rowSizeBytes } from "../ggmlTypes.js";
import { NotFiniteError } from "../TensorEncoder.js";
import { randomValues } from "./fixtures/randomModel.js";
import { loadGgmlNative } from "./ggmlNative.js";
import { QuantizerPool } from "./QuantizerPool.js";

const columns = 256;
const values = randomValues(64 * columns, 7);

/** Fresh memory each time, because the pool takes it over. */
function block(firstRow: number, rows: number) {
  const part = values.slice(firstRow * columns, (firstRow + rows) * columns);
  return { type: "F32", bytes: new Uint8Array(part.buffer), rows, columns } as const;
}

let pool: QuantizerPool | undefined;
afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

describe("QuantizerPool", () => {
  it("gives the same bytes however the rows are cut, with any number of threads", async () => {
    const whole = new Uint8Array(64 * rowSizeBytes("Q4_K", columns));
    loadGgmlNative().fromF32("Q4_K", values, whole, 64, columns);
    for (const threadCount of [1, 3]) {
      pool = QuantizerPool.start(threadCount);
      for (const rows of [1, 5, 64]) {
        const starts = Array.from({ length: Math.ceil(64 / rows) }, (_, index) => index * rows);
        const encoding = starts.map((start) => pool?.encode(block(start, Math.min(rows, 64 - start)), "Q4_K"));
        const parts = await Promise.all(encoding);
        expect(Buffer.concat(parts.map((part) => part ?? new Uint8Array())).equals(whole)).toBe(true);
      }
      await pool.close();
    }
  });

  it("takes memory over only when the block fills its buffer", async () => {
    pool = QuantizerPool.start(1);
    const own = block(0, 2);
    const shared = { ...block(0, 4), rows: 2 };
    const part = { ...shared, bytes: shared.bytes.subarray(0, 2 * columns * 4) };
    const [a, b] = await Promise.all([pool.encode(own, "Q8_0"), pool.encode(part, "Q8_0")]);
    expect(Buffer.from(a).equals(b)).toBe(true);
    expect(own.bytes.length).toBe(0);
    expect(part.bytes.length).toBe(2 * columns * 4);
  });

  it("only checks rows that have the type already", async () => {
    pool = QuantizerPool.start(1);
    const expected = Buffer.from(block(0, 2).bytes);
    expect(expected.equals(await pool.encode(block(0, 2), "F32"))).toBe(true);
    const bad = block(0, 2);
    new Float32Array(bad.bytes.buffer)[300] = Number.NaN;
    await expect(pool.encode(bad, "F32")).rejects.toBeInstanceOf(NotFiniteError);
  });

  it("rejects infinite values and goes on with the next block", async () => {
    pool = QuantizerPool.start(1);
    const bad = block(0, 2);
    new Float32Array(bad.bytes.buffer)[0] = Number.NEGATIVE_INFINITY;
    const next = pool.encode(block(0, 1), "Q4_0");
    await expect(pool.encode(bad, "Q4_0")).rejects.toBeInstanceOf(NotFiniteError);
    expect((await next).length).toBe(rowSizeBytes("Q4_0", columns));
  });

  it("rejects a block that has fewer bytes than its rows, and types that ggml cannot write", async () => {
    pool = QuantizerPool.start(1);
    await expect(pool.encode({ ...block(0, 1), rows: 2 }, "Q4_0")).rejects.toMatchObject({ code: "internal" });
    await expect(pool.encode(block(0, 1), "IQ2_XXS")).rejects.toMatchObject({ code: "internal" });
  });

  it("fails what is under way, and everything after, when it is closed", async () => {
    pool = QuantizerPool.start(1);
    const results = Array.from({ length: 8 }, () => pool?.encode(block(0, 64), "Q6_K"));
    const settled = Promise.allSettled(results);
    await pool.close();
    const last = (await settled).at(-1);
    expect(last).toMatchObject({ status: "rejected", reason: { code: "quantizer_died" } });
    await expect(pool.encode(block(0, 1), "Q4_0")).rejects.toMatchObject({ code: "quantizer_died" });
  });
});
