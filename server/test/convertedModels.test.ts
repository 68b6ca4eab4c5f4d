import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { addDiff } from "../weights/addDiff.js";
import { convertToGguf, type LlamaModel } from "../weights/convertToGguf.js";
import { memoryFiles } from "../weights/fixtures/memoryFiles.js";
import { type ReferenceOptions, referenceLogits } from "../weights/fixtures/referenceLogits.js";
import { type TinyContents, tinyCheckpoint, tinyCheckpoints } from "../weights/fixtures/tinyCheckpoints.js";
import {
  randomTensor,
  randomUints,
  safetensorsBytes,
  type TinyTensors,
  tinyConfig,
  tinyHuggingFaceTensors,
  tinyMetaTensors,
} from "../weights/fixtures/tinyLlama.js";
import { llama3Json } from "../weights/fixtures/tinyTokenizer.js";
import { plainEncoder } from "../weights/floats/plainEncoder.js";
import { ropeFrequencies } from "../weights/llama/ropeFrequencies.js";
import { openCheckpoint } from "../weights/openCheckpoint.js";
import { Engine, type Token } from "../workers/child/engine.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-converted-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

let written = 0;
async function convert(model: LlamaModel): Promise<string> {
  written += 1;
  const path = join(folder, `${written}.gguf`);
  const { partialPath } = await convertToGguf(model, path, { fileType: "F32", encoder: plainEncoder });
  await model.source.close();
  await rename(partialPath, path);
  return path;
}

async function withEngine<T>(modelPath: string, use: (engine: Engine) => Promise<T> | T): Promise<T> {
  const engine = await Engine.load(
    { modelPath, contextTokens: 512, sequences: 1, threads: 1, maxThreads: 1, gpu: "off" },
    {},
  );
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/** Log-probabilities of the token after `tokens`, by token id, of those that are not vanishingly rare. */
async function nextLogProbabilities(engine: Engine, tokens: readonly number[]): Promise<Map<number, number>> {
  const sequence = engine.openSequence();
  const generated = sequence.evaluateWithMetadata(
    tokens as Token[],
    { probabilities: true },
    { temperature: 0, yieldEogToken: true },
  );
  const { value } = await generated.next();
  await generated.return();
  if (value === undefined) throw new Error("no token");
  return new Map(
    [...value.probabilities].filter(([, p]) => p > 1e-7).map(([token, p]) => [Number(token), Math.log(p)]),
  );
}

const tokens = [1, 260, 271, 280, 265, 290, 262, 275, 299, 281, 259, 266, 273, 288, 294, 261, 285, 270];

/** The model must give the textbook's numbers; the engine keeps keys and values as F16, which costs some digits. */
async function expectReference(model: LlamaModel, meta: TinyTensors, options: ReferenceOptions = {}): Promise<void> {
  const logits = referenceLogits(meta, tokens, options);
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  const found = await withEngine(await convert(model), (engine) => nextLogProbabilities(engine, tokens));
  expect(found.size).toBeGreaterThan(50);
  const differences = [...found].map(([token, logProbability]) =>
    Math.abs(logProbability - ((logits[token] ?? 0) - total)),
  );
  expect(Math.max(...differences)).toBeLessThan(0.05);
}

const meta = tinyMetaTensors();
const huggingFace = (tensors: TinyTensors, config: object = {}, contents: TinyContents = {}) =>
  openCheckpoint(
    memoryFiles({
      ...tinyCheckpoints.get("safetensors F32")?.(),
      "config.json": { ...tinyConfig, ...config },
      "model.safetensors": safetensorsBytes(tensors, "F32"),
      ...contents,
    }),
  );

describe("a converted model computes what the textbook says", () => {
  it.each(["safetensors F16", "pytorch F32 of torch before 1.6", "Meta, four shards"])("from %s", async (form) => {
    await expectReference(await openCheckpoint(tinyCheckpoint(form)), meta);
  });

  it("with LLaMA 3.1's RoPE scaling", async () => {
    const rope_scaling = {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    };
    const model = await huggingFace(tinyHuggingFaceTensors(meta), { rope_scaling, rope_theta: 500_000 });
    const ropeFactors = [...(ropeFrequencies(model.parameters) ?? [])];
    expect(new Set(ropeFactors).size).toBeGreaterThan(2);
    await expectReference(model, meta, { ropeTheta: 500_000, ropeFactors });
  });

  it("with linear RoPE scaling", async () => {
    const model = await huggingFace(tinyHuggingFaceTensors(meta), { rope_scaling: { type: "linear", factor: 2 } });
    await expectReference(model, meta, { ropeFactors: Array.from({ length: 8 }, () => 2) });
  });

  it("with the embedding as output", async () => {
    const tensors = new Map(tinyHuggingFaceTensors(meta));
    tensors.delete("lm_head.weight");
    await expectReference(await huggingFace(tensors, { tie_word_embeddings: true }), meta, { tied: true });
  });

  it("with biases", async () => {
    const random = randomUints(5);
    const biases = new Map(
      [0, 1].flatMap((layer) =>
        [
          ["wq", 64],
          ["wk", 32],
          ["wv", 32],
          ["wo", 64],
        ].map(
          ([name, rows]) =>
            [`layers.${layer}.attention.${name}.weight`, randomTensor([Number(rows), 1], random)] as const,
        ),
      ),
    );
    const tensors = new Map(tinyHuggingFaceTensors(meta));
    for (const [name, { values }] of tinyHuggingFaceTensors(biases))
      tensors.set(name.replace("weight", "bias"), { shape: [values.length], values });
    const withBiases = new Map(meta);
    for (const [name, tensor] of biases) withBiases.set(name.replace("weight", "bias"), tensor);
    await expectReference(await huggingFace(tensors), withBiases);
  });

  it("recovered from a base and a diff", async () => {
    const base = tinyMetaTensors({ seed: 9 });
    const difference = new Map(
      [...meta].map(([name, { shape, values }]) => [
        name,
        { shape, values: values.map((value, index) => value - (base.get(name)?.values[index] ?? 0)) },
      ]),
    );
    const recovered = addDiff(
      await huggingFace(tinyHuggingFaceTensors(base)),
      await huggingFace(tinyHuggingFaceTensors(difference)),
    );
    await expectReference(recovered, meta);
  });
});

describe("a converted byte-level BPE tokenizer", () => {
  it("cuts and joins as LLaMA 3 does", async () => {
    // GPT-2's stand-ins for all 256 bytes, then some merges.
    let next = 256;
    const bytes = Array.from({ length: 256 }, (_, byte) =>
      String.fromCharCode((byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad) ? byte : next++),
    );
    const merges = ["h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "l d", "Ġwor ld"];
    const vocab = Object.fromEntries(
      [...bytes, ...merges.map((merge) => merge.replace(" ", ""))].map((text, id) => [text, id]),
    );
    const json = {
      ...llama3Json,
      model: { ...llama3Json.model, vocab, merges },
      added_tokens: [{ id: 265, content: "<|begin_of_text|>", special: true }],
    };
    // The fixture's SentencePiece model would be taken first.
    const { "tokenizer.model": _, ...contents } = tinyCheckpoints.get("safetensors F32")?.() ?? {};
    const files = memoryFiles({
      ...contents,
      "tokenizer.json": json,
      "tokenizer_config.json": { bos_token: "<|begin_of_text|>" },
    });
    const path = await convert(await openCheckpoint(files));
    const ids = await withEngine(path, (engine) => engine.tokenize([{ text: "hello world, 1234é", special: false }]));
    const id = (text: string) => vocab[text];
    expect(ids.map(Number)).toEqual([
      265,
      id("hello"),
      id("Ġworld"),
      id(","),
      id("Ġ"),
      id("1"),
      id("2"),
      id("3"),
      id("4"),
      id("Ã"),
      id("©"),
    ]);
  });
});

describe("the model that ships", () => {
  const read = async (name: string) =>
    JSON.parse(await readFile(join(packagePath, "server/weights/fixtures/demo", name), "utf8"));
  const demoPath = join(packagePath, "models/demo/demo-q8_0.gguf");

  it("cuts text as SentencePiece does", async () => {
    const cases = (await read("tokenize.json")) as { text: string; ids: number[] }[];
    expect(cases.length).toBeGreaterThan(50);
    await withEngine(demoPath, (engine) => {
      for (const { text, ids } of cases)
        expect(engine.tokenize([{ text, special: false }]).map(Number), JSON.stringify(text)).toEqual([1, ...ids]);
    });
  });

  it("continues as the reference does", async () => {
    const { prompts } = (await read("logits.json")) as {
      prompts: { prompt: string; token_ids: number[]; top10: { id: number; logit: number }[]; greedy_ids: number[] }[];
    };
    await withEngine(demoPath, async (engine) => {
      for (const { prompt, token_ids, top10, greedy_ids } of prompts) {
        expect(engine.tokenize([{ text: prompt, special: false }]).map(Number)).toEqual(token_ids);
        const sequence = engine.openSequence();
        const steps = sequence.evaluateWithMetadata(
          token_ids as Token[],
          { probabilities: true },
          { temperature: 0, yieldEogToken: true },
        );
        let step = await steps.next();
        for (const [index, reference] of greedy_ids.entries()) {
          if (step.done === true) throw new Error(`${prompt}: no token ${index}`);
          const { token, probabilities } = step.value;
          /** How much less likely than the likeliest one, as a difference of logits. */
          const behind = (id: number) =>
            Math.log((probabilities.get(token) ?? 1) / (probabilities.get(id as Token) ?? 0));
          // Q8_0 against the weights that it was made of: close, and where two tokens are about as good it may take the other.
          if (index === 0)
            for (const { id, logit } of top10)
              expect(Math.abs(behind(id) - ((top10[0]?.logit ?? 0) - logit)), `${prompt} ${id}`).toBeLessThan(0.15);
          expect(behind(reference), `${prompt} ${index}`).toBeLessThan(0.05);
          if (engine.isEndToken(reference as Token)) break;
          // It goes on from what the reference said, so that one such choice does not make all that follows incomparable.
          step = await steps.next(reference as Token);
        }
        await steps.return();
        await sequence.dispose();
      }
    });
  });
});
