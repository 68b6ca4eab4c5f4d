import { parseModelId, splitModelId } from "../models/modelId.js";
import { AppError } from "../platform/AppError.js";

/**
 * An id for what has none: `bartowski/Llama-3.2-1B-Instruct-GGUF` becomes `llama.3.2-1B-Instruct`, `tiny.Q8_0.gguf` becomes
 * `tiny.Q8_0`. `wanted` (`--as`) wins. Throws `bad_request`.
 */
export function deriveModelId(sourceName: string, wanted: string | undefined): string {
  if (wanted !== undefined) {
    parseModelId(wanted);
    return wanted;
  }
  const base = (sourceName.split(/[\\/]/).at(-1) ?? "")
    .replace(/(-\d{5}-of-\d{5})?\.(gguf|bin|safetensors|pth)$/i, "")
    .replace(/[-_.](gguf|ggml|hf)$/i, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-");
  const [, family = "", rest = ""] = /^[^A-Za-z]*([A-Za-z]+)(.*)$/.exec(base) ?? [];
  const name = rest.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "").slice(0, 60);
  const id = `${family.toLowerCase()}.${name || "base"}`;
  if (splitModelId(id) !== undefined) return id;
  throw new AppError("bad_request", `No name can be made of "${sourceName}".`, {
    hint: "Say how the model shall be called: --as family.NAME",
    field: "as",
  });
}
