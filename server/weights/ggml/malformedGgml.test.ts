import { describe, expect, it } from "vitest";
import { AppError } from "../../platform/AppError.js";
import { type GgmlFileContent, ggmlFile, tensorPart } from "./fixtures/ggmlFile.js";
import { memoryFolder } from "./fixtures/memoryFolder.js";
import { smallModel, smallVocabulary } from "./fixtures/smallModel.js";
import { tokenizerModel } from "./fixtures/tokenizerModel.js";
import { openGgml } from "./openGgml.js";
import { ggmlFormats } from "./readGgmlHeader.js";

/** Opening must fail with one of our errors that has a hint, and leave no file open. */
async function refusal(contents: Record<string, Uint8Array>, name = "m.bin"): Promise<AppError> {
  const folder = memoryFolder(contents);
  const error: unknown = await openGgml(folder, name).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AppError);
  expect(folder.openCount()).toBe(0);
  if (!(error instanceof AppError)) throw error;
  expect(error.hint).toBeDefined();
  expect(error.message).not.toMatch(/NaN|undefined|Infinity/);
  return error;
}

/** The file with some 32-bit integers replaced, by offset. */
function patched(file: Buffer, ...patches: [offset: number, value: number][]): Buffer {
  const copy = Buffer.from(file);
  for (const [offset, value] of patches) copy.writeUInt32LE(value >>> 0, offset);
  return copy;
}

const small = { embeddingLength: 64, feedForwardLength: 64, headCount: 2, keyValueHeadCount: 2 };
const content = smallModel("ggjt-v3", "Q8_0", small);
const file = ggmlFile(content);
/** magic, version, seven hyper-parameters */
const [vocabularySizeAt, embeddingAt, headsAt, layersAt, rotaryAt, fileTypeAt] = [8, 12, 20, 24, 28, 32];
const firstTokenAt = 36;
const vocabularyBytes = content.vocabulary.reduce((sum, { bytes }) => sum + 8 + bytes.length, 0);
const firstTensorAt = firstTokenAt + vocabularyBytes;

describe("openGgml refuses", () => {
  it("files that are cut off anywhere", async () => {
    for (const format of ggmlFormats) {
      const whole = ggmlFile({ ...smallModel(format, "Q4_0", small), vocabulary: smallVocabulary(300) });
      const vocabulary = { "tokenizer.model": tokenizerModel(smallVocabulary(300)) };
      // Every length of the header's first bytes, then lengths that hit each kind of place.
      const lengths = [...Array.from({ length: 60 }, (_, length) => length)];
      for (let length = 60; length < whole.length; length += 997) lengths.push(length);
      for (let back = 1; back < 100; back += 7) lengths.push(whole.length - back);
      for (const length of lengths) {
        const error = await refusal({ "m.bin": whole.subarray(0, length), ...vocabulary });
        expect(["ggml_invalid", "checkpoint_invalid"], `${format} ${length}: ${error.message}`).toContain(error.code);
      }
    }
  });

  it("files with something behind their end", async () => {
    for (const extra of [1, 11, 12, 4096])
      expect((await refusal({ "m.bin": Buffer.concat([file, Buffer.alloc(extra)]) })).code).toBe("ggml_invalid");
  });

  it("other magics and versions", async () => {
    expect((await refusal({ "m.bin": Buffer.from("GGUF") })).hint).toMatch(/GGUF file already/);
    expect((await refusal({ "m.bin": Buffer.from("<!DOCTYPE html>") })).code).toBe("ggml_invalid");
    for (const version of [0, 4, 0xffff_ffff])
      expect((await refusal({ "m.bin": patched(file, [4, version]) })).message).toMatch(/version/);
  });

  it("hyper-parameters that lie", async () => {
    const lies: [number, number][] = [
      ...[0, 299, 301, 1_000_001, 0xffff_ffff].map((value): [number, number] => [vocabularySizeAt, value]),
      ...[0, 63, 65, 128, 0xffff_ffff].map((value): [number, number] => [embeddingAt, value]),
      ...[0, 1, 3, 64, 0xffff_ffff].map((value): [number, number] => [headsAt, value]),
      ...[0, 1, 3, 513, 0xffff_ffff].map((value): [number, number] => [layersAt, value]),
      ...[0, 16, 0xffff_ffff].map((value): [number, number] => [rotaryAt, value]),
      ...[1, 2, 5, 6, 19, 99, 0xffff_ffff].map((value): [number, number] => [fileTypeAt, value]),
    ];
    for (const lie of lies) {
      const error = await refusal({ "m.bin": patched(file, lie) });
      expect(["ggml_invalid", "checkpoint_invalid"], `${lie}: ${error.message}`).toContain(error.code);
    }
  });

  it("tokens and names whose lengths lie, without taking memory for them", async () => {
    for (const length of [4097, 0x7fff_ffff, 0xffff_ffff])
      expect((await refusal({ "m.bin": patched(file, [firstTokenAt, length]) })).message).toMatch(/token 0/);
    for (const length of [0, 257, 0xffff_ffff])
      expect((await refusal({ "m.bin": patched(file, [firstTensorAt + 4, length]) })).message).toMatch(/name/);
  });

  it("scores that are no numbers", async () => {
    const scoreAt = firstTokenAt + 4 + (content.vocabulary[0]?.bytes.length ?? 0);
    expect((await refusal({ "m.bin": patched(file, [scoreAt, 0x7fc0_0000]) })).message).toMatch(/score/);
  });

  it("tensors with impossible dimensions, types and sizes", async () => {
    const firstColumnsAt = firstTensorAt + 12;
    const cases: [RegExp, ...[number, number][]][] = [
      [/dimensions/, [firstTensorAt, 0]],
      [/dimensions/, [firstTensorAt, 3]],
      [/dimensions/, [firstTensorAt, 0xffff_ffff]],
      [/shape/, [firstColumnsAt, 0]],
      [/shape/, [firstColumnsAt + 4, 0]],
      [/shape/, [firstColumnsAt, 0x8000_0000]],
      [/no multiple of 32/, [firstColumnsAt, 63]],
      [/ends in the middle/, [firstColumnsAt, 0x7fff_ffe0]],
      [/ends in the middle/, [firstColumnsAt, 0x7fff_ffe0], [firstColumnsAt + 4, 0x7fff_ffff]],
      [/Q4_2/, [firstTensorAt + 8, 4]],
      [/Q4_3/, [firstTensorAt + 8, 5]],
      [/unknown type 9/, [firstTensorAt + 8, 9]],
      [/unknown type 99/, [firstTensorAt + 8, 99]],
    ];
    for (const [message, ...patches] of cases)
      expect((await refusal({ "m.bin": patched(file, ...patches) })).message).toMatch(message);
  });

  it("types that a format never had", async () => {
    const inOld = { ...content, format: "ggmf-v1" } as const;
    expect((await refusal({ "m.bin": ggmlFile(inOld) })).message).toMatch(
      /Q8_0, which the format ggmf-v1 did not have/,
    );
  });

  it("tensors that are missing, unknown, double or of the wrong shape", async () => {
    const [first, ...rest] = content.tensors;
    if (first === undefined) throw new Error("no tensors");
    const change = (tensors: GgmlFileContent["tensors"]) => ({ "m.bin": ggmlFile({ ...content, tensors }) });
    for (const missing of content.tensors.filter(({ name }) => name !== "output.weight"))
      await refusal(change(content.tensors.filter((tensor) => tensor !== missing)));
    await refusal(change([]));
    expect((await refusal(change([...content.tensors, first]))).message).toMatch(/twice/);
    expect((await refusal(change([...content.tensors, { ...first, name: "lm_head.weight" }]))).message).toMatch(
      /lm_head/,
    );
    const half = { ...first, shape: [150, 64], bytes: first.bytes.subarray(0, first.bytes.length / 2) };
    expect((await refusal(change([half, ...rest]))).code).toBe("checkpoint_invalid");
  });

  it("models whose parts are missing or not its own", async () => {
    const part = (model: GgmlFileContent, index: number) =>
      ggmlFile({ ...model, tensors: model.tensors.map((tensor) => tensorPart(tensor, index, 2)) });
    const model = smallModel("ggmf-v1", "Q4_0");
    expect((await refusal({ "m.bin": part(model, 0) })).message).toMatch(/first of 2 parts, and "m.bin.1" is missing/);
    const otherShape = smallModel("ggmf-v1", "Q4_0", { ...small, embeddingLength: 128 });
    expect((await refusal({ "m.bin": part(model, 0), "m.bin.1": part(otherShape, 1) })).message).toMatch(
      /does not belong/,
    );
    const otherFormat = smallModel("ggjt-v1", "Q4_0");
    expect((await refusal({ "m.bin": part(model, 0), "m.bin.1": part(otherFormat, 1) })).message).toMatch(
      /does not belong/,
    );
    await refusal({ "m.bin": part(model, 0), "m.bin.1": ggmlFile(model) });
  });

  it("unversioned files without scores, or with another model's tokenizer.model", async () => {
    const unversioned = ggmlFile(smallModel("ggml", "F16", small));
    const alone = await refusal({ "m.bin": unversioned });
    expect(alone.code).toBe("tokenizer_invalid");
    expect(alone.hint).toMatch(/tokenizer\.model/);
    const longer = tokenizerModel(smallVocabulary(301));
    expect((await refusal({ "m.bin": unversioned, "tokenizer.model": longer })).message).toMatch(/not that of/);
    const other = smallVocabulary(300).map((token, id) => (id === 280 ? { ...token, bytes: Buffer.from("x") } : token));
    expect((await refusal({ "m.bin": unversioned, "tokenizer.model": tokenizerModel(other) })).hint).toMatch(
      /token 280/,
    );
  });

  it("unversioned quantized values that fit neither row order", async () => {
    for (const type of ["Q4_0", "Q4_1"] as const) {
      const model = smallModel("ggml", type, small);
      const vocabulary = { "tokenizer.model": tokenizerModel(model.vocabulary) };
      // Bytes of every value, and nothing but zeros.
      for (const byte of [(index: number) => (index * 167 + (index >> 5) * 59) & 255, () => 0]) {
        const tensors = model.tensors.map((tensor) => ({
          ...tensor,
          bytes: tensor.bytes.map((_, index) => byte(index)),
        }));
        const error = await refusal({ "m.bin": ggmlFile({ ...model, tensors }), ...vocabulary });
        expect(error.message).toMatch(/neither or in both/);
      }
    }
  });
});

describe("a source from openGgml", () => {
  it("refuses rows with a scale that is no number", async () => {
    const model = smallModel("ggjt-v2", "Q4_0", small);
    const broken = ggmlFile(model);
    // The last tensors are norms; the last matrix is feed_forward.w3.
    const [at] = [broken.indexOf("layers.1.feed_forward.w3.weight") + 31];
    broken.writeFloatLE(Number.NaN, Math.ceil(at / 32) * 32);
    const { source } = await openGgml(memoryFolder({ "m.bin": broken }), "m.bin");
    await expect(source.tensors.get("blk.1.ffn_up.weight")?.readRows(0, 1)).rejects.toMatchObject({
      code: "weights_not_finite",
      message: expect.stringContaining("layers.1.feed_forward.w3.weight"),
    });
    await expect(source.tensors.get("blk.1.ffn_up.weight")?.readRows(1, 1)).resolves.toHaveLength(36);
  });
});
