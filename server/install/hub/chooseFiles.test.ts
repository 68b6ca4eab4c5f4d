import { describe, expect, it } from "vitest";
import { chooseCheckpoint } from "./chooseCheckpoint.js";
import { chooseGguf, listGgufChoices, listLegacyChoices, quantizationInName } from "./chooseGguf.js";
import { parseHubReference } from "./hubReference.js";

const files = (...paths: string[]) =>
  paths.map((path) => ({ path, sizeBytes: 10, sha256: undefined, gitBlobId: undefined }));
const endpoint = new URL("https://huggingface.co");

describe("chooseGguf", () => {
  it.each([
    ["tinyllama-1.1b-chat-v1.0.Q4_K_M.gguf", "Q4_K_M"],
    ["Llama-3.2-1B-Instruct-Q4_K_M.gguf", "Q4_K_M"],
    ["qwen2.5-7b-instruct-q4_k_m-00001-of-00002.gguf", "Q4_K_M"],
    ["UD-Q4_K_XL/model-UD-Q4_K_XL-00001-of-00003.gguf", "Q4_K_XL"],
    ["model.IQ4_XS.gguf", "IQ4_XS"],
    ["model-f16.gguf", "F16"],
    ["model.fp16.gguf", "F16"],
    ["model-BF16.gguf", "BF16"],
    ["smollm2-1.7b-instruct-q4_0.GGUF", "Q4_0"],
    ["Q8_0/weights.gguf", ""],
    ["weights.gguf", ""],
  ])("reads the quantization in %s", (name, quantization) => {
    expect(quantizationInName(name)).toBe(quantization);
  });

  it("takes Q4_K_M unless another one is asked for, in any case", () => {
    const choices = listGgufChoices(files("m.Q8_0.gguf", "m.Q4_0.gguf", "m.Q4_K_M.gguf", "m.Q2_K.gguf", "README.md"));
    expect(chooseGguf("o/m", choices, undefined).files[0]?.path).toBe("m.Q4_K_M.gguf");
    expect(chooseGguf("o/m", choices, "q8_0").files[0]?.path).toBe("m.Q8_0.gguf");
  });

  it("falls back to what there is, nearest first", () => {
    expect(
      chooseGguf("o/m", listGgufChoices(files("m.Q2_K.gguf", "m.Q5_K_M.gguf", "m.F16.gguf")), undefined).quantization,
    ).toBe("Q5_K_M");
    expect(chooseGguf("o/m", listGgufChoices(files("weights.gguf")), undefined).files[0]?.path).toBe("weights.gguf");
  });

  it("takes split files whole and in order, and none that lacks a part", () => {
    const choices = listGgufChoices(
      files(
        "q/m-Q4_K_M-00002-of-00002.gguf",
        "q/m-Q4_K_M-00001-of-00002.gguf",
        "m-Q8_0-00001-of-00003.gguf",
        "m-Q8_0-00003-of-00003.gguf",
      ),
    );
    expect(choices).toHaveLength(1);
    expect(choices[0]?.files.map((file) => file.path)).toEqual([
      "q/m-Q4_K_M-00001-of-00002.gguf",
      "q/m-Q4_K_M-00002-of-00002.gguf",
    ]);
  });

  it("finds ggml files of before GGUF with their parts", () => {
    const choices = listLegacyChoices(
      files(
        "ggml-model-q4_1.bin",
        "ggml-model-q4_0.bin",
        "ggml-model-q4_0.bin.1",
        "a.ggmlv3.q5_0.bin",
        "pytorch_model.bin",
      ),
    );
    expect(choices.map(({ quantization, files: own }) => [quantization, own.map((file) => file.path)])).toEqual([
      ["Q4_1", ["ggml-model-q4_1.bin"]],
      ["Q4_0", ["ggml-model-q4_0.bin", "ggml-model-q4_0.bin.1"]],
      ["Q5_0", ["a.ggmlv3.q5_0.bin"]],
    ]);
    expect(chooseGguf("o/m", choices, undefined).quantization).toBe("Q4_0");
  });

  it("leaves image projectors and importance matrices alone", () => {
    expect(listGgufChoices(files("mmproj-model-f16.gguf", "model.imatrix.gguf"))).toEqual([]);
  });

  it("names what there is when the wanted one is not", () => {
    const choices = listGgufChoices(files("m.Q8_0.gguf", "m.Q4_0.gguf"));
    expect(() => chooseGguf("o/m", choices, "Q6_K")).toThrow(
      expect.objectContaining({ code: "hub_not_found", hint: expect.stringContaining("Q8_0, Q4_0") }),
    );
  });
});

describe("chooseCheckpoint", () => {
  it("prefers safetensors to pickles, and takes the small files beside them", () => {
    const choice = chooseCheckpoint(
      "o/m",
      files(
        "config.json",
        "tokenizer.model",
        "model.safetensors.index.json",
        "model-00002-of-00002.safetensors",
        "model-00001-of-00002.safetensors",
        "pytorch_model-00001-of-00002.bin",
        "pytorch_model-00002-of-00002.bin",
        "README.md",
        "evil/../../config.json",
      ),
    );
    expect(choice?.format).toBe("safetensors");
    expect(choice?.weights.map((file) => file.path)).toEqual([
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
    ]);
    expect(choice?.descriptions.map((file) => file.path)).toEqual([
      "config.json",
      "tokenizer.model",
      "model.safetensors.index.json",
    ]);
  });

  it.each([
    ["safetensors", ["model.safetensors", "config.json"]],
    ["pytorch", ["pytorch_model.bin", "config.json"]],
    ["meta", ["consolidated.01.pth", "consolidated.00.pth", "params.json", "tokenizer.model"]],
    ["adapter", ["adapter_model.bin", "adapter_config.json"]],
    ["adapter", ["adapter_model.safetensors", "adapter_config.json", "adapter_model.bin"]],
  ])("knows %s", (format, names) => {
    const choice = chooseCheckpoint("o/m", files(...names));
    expect(choice?.format).toBe(format);
    expect(choice?.weights[0]?.path).toMatch(
      /^(model\.safetensors|pytorch_model\.bin|consolidated\.00\.pth|adapter_model\..*)$/,
    );
  });

  it("says which shard is missing", () => {
    expect(() =>
      chooseCheckpoint("o/m", files("model-00001-of-00003.safetensors", "model-00003-of-00003.safetensors")),
    ).toThrow(/lacks shard 2 of 3/);
    expect(() => chooseCheckpoint("o/m", files("consolidated.00.pth", "consolidated.02.pth"))).toThrow(/lacks shard 1/);
  });

  it("finds none where there is none", () => {
    expect(chooseCheckpoint("o/m", files("README.md", "model.onnx"))).toBeUndefined();
  });
});

describe("parseHubReference", () => {
  it.each([
    ["owner/repo", { repository: "owner/repo", revision: "main", quantization: undefined, path: undefined }],
    ["owner/repo:q4_k_m", { repository: "owner/repo", quantization: "Q4_K_M" }],
    ["owner/repo@v1.0:Q8_0", { repository: "owner/repo", revision: "v1.0", quantization: "Q8_0" }],
    ["hf:owner/repo", { repository: "owner/repo" }],
    ["hf://owner/repo:q8_0", { repository: "owner/repo", quantization: "Q8_0" }],
    ["hf.co/owner/repo:q8_0", { repository: "owner/repo", quantization: "Q8_0" }],
    ["huggingface.co/owner/repo/tree/dev", { repository: "owner/repo", revision: "dev" }],
    ["https://hf.co/owner/repo/", { repository: "owner/repo", revision: "main" }],
    ["https://huggingface.co/owner/repo", { repository: "owner/repo", revision: "main" }],
    ["https://huggingface.co/owner/repo/tree/dev", { repository: "owner/repo", revision: "dev", path: undefined }],
    ["https://huggingface.co/owner/repo/blob/main/a/b.gguf", { repository: "owner/repo", path: "a/b.gguf" }],
    ["https://huggingface.co/owner/repo/resolve/main/b.gguf?download=true", { path: "b.gguf" }],
  ])("understands %s, behind a mirror too", (text, expected) => {
    expect(parseHubReference(text, endpoint)).toMatchObject(expected);
    expect(parseHubReference(text, new URL("https://mirror.test"))).toMatchObject(expected);
  });

  it.each([
    "model.gguf",
    "./owner/repo",
    "../owner/repo",
    "/abs/path",
    "~/dalai",
    "a/b/c",
    "https://example.com/a/b",
    "C:\\models\\x",
  ])("leaves %s to others", (text) => {
    expect(parseHubReference(text, endpoint)).toBeUndefined();
  });

  it.each([
    "owner/re..po",
    "owner/repo@../../etc",
    "owner/repo:Q4-K",
    "owner/repo:",
    "https://huggingface.co/owner/repo/settings/x",
  ])("[T7] refuses %s", (text) => {
    expect(() => parseHubReference(text, endpoint)).toThrow(
      expect.objectContaining({ code: "install_source_invalid" }),
    );
  });
});
