import { AppError } from "../../platform/AppError.js";

/** Buffers that old checkpoints carry along and that the parameters determine. */
const ignored = /(^|\.)(rotary_emb\.inv_freq|attention\.masked_bias|attention\.bias|rope\.freqs)$/;

/** Throws `checkpoint_invalid` with the names when the checkpoint lacks tensors or has some that the model does not. */
export function checkNames(found: Iterable<string>, wanted: ReadonlyMap<string, { readonly optional: boolean }>): void {
  const names = new Set(found);
  const missing = [...wanted].filter(([name, { optional }]) => !optional && !names.has(name)).map(([name]) => name);
  const unknown = [...names].filter((name) => !wanted.has(name) && !ignored.test(name));
  if (missing.length > 0)
    throw new AppError("checkpoint_invalid", `The checkpoint lacks ${some(missing)}.`, {
      hint: "A file is missing, or the configuration belongs to another model: download the whole checkpoint again.",
    });
  if (unknown.length > 0)
    throw new AppError(
      "checkpoint_invalid",
      `The checkpoint has ${some(unknown)}, which a LLaMA model does not have.`,
      {
        hint: "It is quantized, an adapter, or of another architecture. Look for a GGUF file of the model.",
      },
    );
}

function some(names: readonly string[]): string {
  const listed = names
    .slice(0, 3)
    .map((name) => `"${name}"`)
    .join(", ");
  const noun = names.length === 1 ? "the tensor" : `${names.length} tensors:`;
  return `${noun} ${listed}${names.length > 3 ? ", …" : ""}`;
}

/** Throws `checkpoint_invalid` when the tensor's shape is not the one that the configuration says. */
export function checkShape(name: string, shape: readonly number[], expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((length, index) => length === expected[index])) return;
  throw new AppError(
    "checkpoint_invalid",
    `The tensor "${name}" has the shape [${shape.join(", ")}] instead of [${expected.join(", ")}].`,
    { hint: "The weights and the configuration belong to different models: download the whole checkpoint again." },
  );
}
