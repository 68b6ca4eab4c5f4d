import { describe, expect, it } from "vitest";
import { memoryFiles } from "../fixtures/memoryFiles.js";
import { type TinyContents, tinyCheckpoint } from "../fixtures/tinyCheckpoints.js";
import {
  randomTensor,
  randomUints,
  safetensorsBytes,
  type TinyTensor,
  tinyConfig,
  tinyHuggingFaceTensors,
} from "../fixtures/tinyLlama.js";
import { sentencePieceBytes } from "../fixtures/tinyTokenizer.js";
import { torchBytes } from "../fixtures/torchFile.js";
import { mapHuggingFace } from "../llama/mapHuggingFace.js";
import { readHuggingFaceConfig } from "../llama/readHuggingFaceConfig.js";
import { openCheckpoint } from "../openCheckpoint.js";
import { countRows, readFloatRows } from "../readFloatRows.js";
import { openSafetensors } from "../safetensors/openSafetensors.js";
import type { TensorSource } from "../TensorSource.js";
import { openTokenizer } from "../tokenizer/openTokenizer.js";
import { mergeLora } from "./mergeLora.js";
import { openAdapter } from "./openAdapter.js";

const rank = 4;
const alpha = 8;
const config = {
  peft_type: "LORA",
  r: rank,
  lora_alpha: alpha,
  bias: "none",
  fan_in_fan_out: false,
  target_modules: ["q_proj", "v_proj"],
};
const random = randomUints(3);
const base = tinyHuggingFaceTensors();

interface Update {
  readonly a: TinyTensor;
  readonly b: TinyTensor;
}

const update = (rows: number, columns: number): Update => ({
  a: randomTensor([rank, columns], random),
  b: randomTensor([rows, rank], random),
});
const updates = new Map<string, Update>([
  ["model.layers.0.self_attn.q_proj", update(64, 64)],
  ["model.layers.1.self_attn.k_proj", update(32, 64)],
  ["model.layers.1.self_attn.v_proj", update(32, 64)],
  ["model.layers.0.mlp.down_proj", update(64, 192)],
  ["lm_head", update(300, 64)],
]);

function adapterTensors(entries: ReadonlyMap<string, Update> = updates): Map<string, TinyTensor> {
  return new Map(
    [...entries].flatMap(([module, { a, b }]): [string, TinyTensor][] => [
      [`base_model.model.${module}.lora_A.weight`, a],
      [`base_model.model.${module}.lora_B.weight`, b],
    ]),
  );
}

const adapterFiles = (contents: TinyContents = {}) =>
  memoryFiles(
    {
      "adapter_config.json": config,
      "adapter_model.safetensors": safetensorsBytes(adapterTensors(), "F32"),
      ...contents,
    },
    "adapter",
  );

/** `W + scaling * B @ A`, matrix by matrix, in transformers' order of rows. */
function merged(scaling: (module: string) => number): Map<string, TinyTensor> {
  const tensors = new Map(base);
  for (const [module, { a, b }] of updates) {
    const { shape, values } = base.get(`${module}.weight`) ?? { shape: [], values: new Float32Array() };
    const columns = shape[1] ?? 0;
    const sums = values.map((value, index) => {
      const [row, column] = [Math.floor(index / columns), index % columns];
      let change = 0;
      for (let k = 0; k < rank; k += 1)
        change += (b.values[row * rank + k] ?? 0) * (a.values[k * columns + column] ?? 0);
      return value + scaling(module) * change;
    });
    tensors.set(`${module}.weight`, { shape, values: sums });
  }
  return tensors;
}

async function expectSame(
  found: TensorSource,
  tensors: ReadonlyMap<string, TinyTensor>,
  changes: object = {},
): Promise<void> {
  const files = memoryFiles({ "model.safetensors": safetensorsBytes(tensors, "F32") });
  const expected = mapHuggingFace(await openSafetensors(files), readHuggingFaceConfig({ ...tinyConfig, ...changes }));
  expect([...found.tensors.keys()]).toEqual([...expected.tensors.keys()]);
  for (const [name, tensor] of expected.tensors) {
    const other = found.tensors.get(name);
    const rows = countRows(tensor.shape);
    expect(other && (await readFloatRows(other, 0, rows)), name).toEqual(await readFloatRows(tensor, 0, rows));
    if (rows < 8) continue;
    // A block in the middle of a head.
    expect(other && (await readFloatRows(other, 5, 3)), name).toEqual(await readFloatRows(tensor, 5, 3));
  }
}

const openBase = () => openCheckpoint(tinyCheckpoint("safetensors F32"));

describe("mergeLora", () => {
  it.each(["safetensors F32", "Meta, two shards", "pytorch BF16 shards"])(
    "adds the adapter to a base of the form %s",
    async (form) => {
      const model = mergeLora(await openCheckpoint(tinyCheckpoint(form)), await openAdapter(adapterFiles()));
      await expectSame(
        model.source,
        merged(() => alpha / rank),
      );
      expect(model.source.tensors.get("blk.0.attn_q.weight")?.type).toBe("F32");
      // What the adapter does not touch stays as it is.
      expect(model.source.tensors.get("blk.1.attn_q.weight")?.type).not.toBe(
        form === "safetensors F32" ? "F16" : "F32",
      );
    },
  );

  it("reads adapter_model.bin", async () => {
    const files = memoryFiles({
      "adapter_config.json": config,
      "adapter_model.bin": torchBytes(adapterTensors(), "F16"),
    });
    await expectSame(
      mergeLora(await openBase(), await openAdapter(files)).source,
      merged(() => alpha / rank),
    );
  });

  it("scales as the configuration says", async () => {
    const rankStabilized = adapterFiles({ "adapter_config.json": { ...config, use_rslora: true } });
    await expectSame(
      mergeLora(await openBase(), await openAdapter(rankStabilized)).source,
      merged(() => alpha / 2),
    );
    const patterned = adapterFiles({
      "adapter_config.json": { ...config, alpha_pattern: { q_proj: 2, "layers.0.mlp.down_proj": 16 } },
    });
    const own = (module: string) => (module.endsWith("q_proj") ? 2 : module.endsWith("down_proj") ? 16 : alpha) / rank;
    await expectSame(mergeLora(await openBase(), await openAdapter(patterned)).source, merged(own));
  });

  it("takes names without the outer module and with the adapter's name", async () => {
    const [[, first] = ["", update(64, 64)]] = updates;
    const tensors = new Map([
      ["base_model.model.layers.0.self_attn.q_proj.lora_A.default.weight", first.a],
      ["base_model.model.layers.0.self_attn.q_proj.lora_B.default.weight", first.b],
    ]);
    const adapter = await openAdapter(adapterFiles({ "adapter_model.safetensors": safetensorsBytes(tensors, "F32") }));
    const expected = new Map(base);
    const name = "model.layers.0.self_attn.q_proj.weight";
    expected.set(name, merged(() => alpha / rank).get(name) ?? first.a);
    await expectSame(mergeLora(await openBase(), adapter).source, expected);
  });

  it("changes an embedding through its transpose", async () => {
    const a = randomTensor([rank, 300], random);
    const b = randomTensor([64, rank], random);
    const tensors = new Map([
      ["base_model.model.model.embed_tokens.lora_embedding_A", a],
      ["base_model.model.model.embed_tokens.lora_embedding_B", b],
    ]);
    const adapter = await openAdapter(adapterFiles({ "adapter_model.safetensors": safetensorsBytes(tensors, "F32") }));
    const name = "model.embed_tokens.weight";
    const { shape, values } = base.get(name) ?? a;
    const expected = new Map(base).set(name, {
      shape,
      values: values.map((value, index) => {
        const [token, column] = [Math.floor(index / 64), index % 64];
        let change = 0;
        for (let k = 0; k < rank; k += 1)
          change += (b.values[column * rank + k] ?? 0) * (a.values[k * 300 + token] ?? 0);
        return value + 2 * change;
      }),
    });
    await expectSame(mergeLora(await openBase(), adapter).source, expected);
  });

  it("takes modules that were trained whole, with a vocabulary that has grown", async () => {
    const grown = [randomTensor([301, 64], random), randomTensor([301, 64], random)] as const;
    const tensors = adapterTensors(new Map([...updates].filter(([module]) => module !== "lm_head")));
    tensors.set("base_model.model.model.embed_tokens.modules_to_save.weight", grown[0]);
    tensors.set("base_model.model.lm_head.weight", grown[1]);
    const files = adapterFiles({
      "adapter_model.safetensors": safetensorsBytes(tensors, "F32"),
      "tokenizer.model": sentencePieceBytes(),
      "added_tokens.json": { "[PAD]": 300 },
    });
    const tokenizer = await openTokenizer(files, { vocabularySize: 301 });
    const model = mergeLora(await openBase(), await openAdapter(files), tokenizer);
    expect(model.parameters.vocabularySize).toBe(301);
    expect(model.tokenizer.tokens[300]?.text).toBe("[PAD]");
    const expected = merged(() => alpha / rank)
      .set("model.embed_tokens.weight", grown[0])
      .set("lm_head.weight", grown[1]);
    await expectSame(model.source, expected, { vocab_size: 301 });
  });
});

describe("adapters that cannot be merged", () => {
  const withTensors = (change: (tensors: Map<string, TinyTensor>) => void) => {
    const tensors = adapterTensors();
    change(tensors);
    return { "adapter_model.safetensors": safetensorsBytes(tensors, "F32") };
  };
  const configured = (changes: object) => ({ "adapter_config.json": { ...config, ...changes } });
  const small = randomTensor([rank, 64], random);

  it.each<[string, TinyContents, RegExp]>([
    ["another kind", configured({ peft_type: "IA3" }), /kind is "IA3"/],
    ["DoRA", configured({ use_dora: true }), /"use_dora" is true/],
    ["biases", configured({ bias: "all" }), /"bias" is "all"/],
    ["an early PEFT's fused layers", configured({ enable_lora: [true, false, true] }), /"enable_lora" is/],
    [
      "a base that was changed too",
      configured({ init_lora_weights: "pissa_niter_4" }),
      /"init_lora_weights" is "pissa_niter_4"/,
    ],
    ["no alpha", configured({ lora_alpha: null }), /"lora_alpha" is no number/],
    ["an expression as a pattern", configured({ alpha_pattern: { "^x$": 3 } }), /"alpha_pattern"/],
    ["no configuration that is JSON", { "adapter_config.json": "{" }, /not valid JSON/],
    ["no tensors", { "adapter_model.safetensors": safetensorsBytes(new Map(), "F32") }, /no LoRA tensors/],
    [
      "half a pair",
      withTensors((tensors) => tensors.delete("base_model.model.lm_head.lora_B.weight")),
      /only one of the two matrices for "lm_head"/,
    ],
    [
      "ranks that differ",
      withTensors((tensors) => tensors.set("base_model.model.lm_head.lora_B.weight", randomTensor([300, 5], random))),
      /matrices of the shapes \[300, 5\] and \[4, 64\]/,
    ],
    [
      "a rank of 600",
      withTensors((tensors) =>
        tensors
          .set("base_model.model.lm_head.lora_B.weight", randomTensor([300, 600], random))
          .set("base_model.model.lm_head.lora_A.weight", randomTensor([600, 64], random)),
      ),
      /matrices of the shapes/,
    ],
    [
      "another width",
      withTensors((tensors) => tensors.set("base_model.model.lm_head.lora_A.weight", randomTensor([rank, 65], random))),
      /shape \[300, 65\] instead of \[300, 64\]/,
    ],
    [
      "an unknown module",
      withTensors((tensors) =>
        tensors
          .set("base_model.model.model.layers.0.mlp.gate.lora_A.weight", small)
          .set("base_model.model.model.layers.0.mlp.gate.lora_B.weight", randomTensor([64, rank], random)),
      ),
      /changes "model.layers.0.mlp.gate.weight"/,
    ],
    [
      "a layer too many",
      withTensors((tensors) =>
        tensors
          .set("base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight", small)
          .set("base_model.model.model.layers.9.self_attn.q_proj.lora_B.weight", randomTensor([64, rank], random)),
      ),
      /changes "model.layers.9/,
    ],
    [
      "a vector changed",
      withTensors((tensors) =>
        tensors
          .set("base_model.model.model.norm.lora_A.weight", small)
          .set("base_model.model.model.norm.lora_B.weight", randomTensor([64, rank], random)),
      ),
      /shape \[64, 64\] instead of \[64\]/,
    ],
    [
      "a grown module without its tokenizer",
      withTensors((tensors) => tensors.set("base_model.model.lm_head.weight", randomTensor([301, 64], random))),
      /has the shape \[301, 64\]/,
    ],
  ])("are refused: %s", async (_title, contents, message) => {
    const merge = async () => mergeLora(await openBase(), await openAdapter(adapterFiles(contents)));
    await expect(merge()).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(message),
    });
  });

  it("are refused without their files", async () => {
    const files = memoryFiles({ "adapter_config.json": config });
    await expect(openAdapter(files)).rejects.toThrow(/lacks the file "adapter_model.safetensors" or/);
    await expect(openAdapter(memoryFiles({}))).rejects.toThrow(/lacks the file "adapter_config.json"/);
  });
});
