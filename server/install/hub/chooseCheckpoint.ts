import { AppError } from "../../platform/AppError.js";
import type { RepositoryFile } from "./HubClient.js";

/** The files of a repository that make up one checkpoint. */
export interface CheckpointChoice {
  format: "safetensors" | "pytorch" | "meta" | "adapter";
  /** In order of their numbers. */
  weights: RepositoryFile[];
  /** Small files that describe them: config, index, tokenizer. */
  descriptions: RepositoryFile[];
}

const descriptionNames = new Set([
  "config.json",
  "generation_config.json",
  "params.json",
  "model.safetensors.index.json",
  "pytorch_model.bin.index.json",
  "tokenizer.model",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
  "chat_template.json",
  "adapter_config.json",
]);

/** A description larger than this is none: the largest tokenizer.json known is about 35 MB. */
const maxDescriptionBytes = 100_000_000;

const formats = [
  { format: "adapter", single: /^adapter_model\.safetensors$/, sharded: undefined, first: 1 },
  { format: "adapter", single: /^adapter_model\.bin$/, sharded: undefined, first: 1 },
  {
    format: "safetensors",
    single: /^model\.safetensors$/,
    sharded: /^model-(\d{5})-of-(\d{5})\.safetensors$/,
    first: 1,
  },
  { format: "pytorch", single: /^pytorch_model\.bin$/, sharded: /^pytorch_model-(\d{5})-of-(\d{5})\.bin$/, first: 1 },
  { format: "meta", single: undefined, sharded: /^consolidated\.(\d{2})\.pth$/, first: 0 },
] as const;

/** Safetensors before PyTorch's pickles before Meta's; `undefined` when there is no checkpoint. Throws `hub_not_found` for missing shards. */
export function chooseCheckpoint(repository: string, files: readonly RepositoryFile[]): CheckpointChoice | undefined {
  const descriptions = files.filter((file) => descriptionNames.has(file.path) && file.sizeBytes <= maxDescriptionBytes);
  const isAdapter = descriptions.some((file) => file.path === "adapter_config.json");
  for (const { format, single, sharded, first } of formats) {
    if ((format === "adapter") !== isAdapter) continue;
    const whole = files.find((file) => single?.test(file.path));
    if (whole !== undefined) return { format, weights: [whole], descriptions };
    if (sharded === undefined) continue;
    const shards = files.flatMap((file) => {
      const match = sharded.exec(file.path);
      return match === null
        ? []
        : [{ file, number: Number(match[1]), of: match[2] === undefined ? undefined : Number(match[2]) }];
    });
    if (shards.length === 0) continue;
    shards.sort((a, b) => a.number - b.number);
    const expected = shards[0]?.of ?? shards.length;
    const missing = Array.from({ length: expected }, (_, index) => index + first).filter(
      (number) => !shards.some((shard) => shard.number === number),
    );
    if (missing.length > 0 || shards.length !== expected)
      throw new AppError("hub_not_found", `${repository} lacks shard ${missing.join(", ")} of ${expected}.`, {
        hint: "Its upload is not complete. Choose another repository.",
      });
    return { format, weights: shards.map((shard) => shard.file), descriptions };
  }
  return undefined;
}
