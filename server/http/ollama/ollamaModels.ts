import type { AnyModel, InstalledModel } from "../../models/ModelRegistry.js";
import { namesTools } from "../../prompts/toolFormat.js";
import type { GgufValue } from "../../weights/gguf/GgufValue.js";
import { readGgufHeader } from "../../weights/gguf/readGgufHeader.js";
import type { ApiServices } from "../ApiServices.js";
import { samplingNames } from "../openai/samplingNames.js";

/** Ollama writes a tag behind every name. */
export function ollamaName(modelId: string): string {
  return `${modelId}:latest`;
}

/** As Ollama counts: 6.8M, 1.1B. */
function parameterSize(count: number | undefined): string {
  if (count === undefined) return "";
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)}B` : `${(count / 1e6).toFixed(1)}M`;
}

function details(model: AnyModel) {
  const [family = ""] = model.id.split(".");
  return {
    parent_model: "",
    format: "gguf",
    family,
    families: [family],
    parameter_size: parameterSize(model.parameterCount),
    quantization_level: model.quantization ?? "",
  };
}

function listed(model: AnyModel) {
  return {
    name: ollamaName(model.id),
    model: ollamaName(model.id),
    size: model.sizeBytes,
    digest: "sha256" in model ? model.sha256 : "",
    details: details(model),
  };
}

/** `GET /api/tags`: what is installed. */
export function listTags({ registry }: ApiServices) {
  return {
    models: registry
      .list()
      .map((model) => ({ ...listed(model), modified_at: new Date(model.installedAtMs).toISOString() })),
  };
}

/** As a client of Ollama's expects to be told that a model stays. */
const farDay = "2318-01-01T00:00:00.000Z";

/** When a model leaves that may be idle for so long. */
function expiryDay(idleTimeLeftMs: number): string {
  return idleTimeLeftMs === Number.POSITIVE_INFINITY ? farDay : new Date(Date.now() + idleTimeLeftMs).toISOString();
}

/** `GET /api/ps`: what is in memory. */
export function listRunning({ registry, pool }: ApiServices) {
  return {
    models: registry
      .installed()
      .filter(({ id }) => pool.state(id).state === "ready")
      .map((model) => ({
        ...listed(model),
        expires_at: expiryDay(pool.idleTimeLeftMs(model.id)),
        size_vram: 0,
        context_length: model.contextTokens,
      })),
  };
}

const parameterNames = new Map(Object.entries({ ...samplingNames, maxTokens: "num_predict" }));

/** `POST /api/show`. `verbose`: with the lists of the file's metadata, such as the vocabulary. */
export async function showModel(model: InstalledModel, verbose: boolean) {
  const { metadata } = await readGgufHeader(model.weightsPath);
  const entry = metadata.get("tokenizer.chat_template");
  const template = entry?.type === "string" ? entry.value : undefined;
  const callsTools = model.promptFormat === "template" && namesTools(template);
  const parameters = Object.entries(model.samplingDefaults).map(
    ([name, value]) => `${parameterNames.get(name) ?? name} ${JSON.stringify(value)}`,
  );
  return {
    license: model.license ?? "",
    modelfile: `FROM ${model.id}\n`,
    parameters: parameters.join("\n"),
    template: model.promptFormat === "template" ? (template ?? "") : "",
    details: details(model),
    model_info: Object.fromEntries([...metadata].map(([key, value]) => [key, plainValue(value, verbose)])),
    capabilities: ["completion", "embedding", ...(callsTools ? ["tools"] : [])],
    modified_at: new Date(model.installedAtMs).toISOString(),
  };
}

/** A metadata value as JSON has it; Ollama shows lists only to those who ask for all. */
function plainValue(value: GgufValue, verbose: boolean): unknown {
  if (value.type === "array") return verbose ? Array.from<unknown>(value.value).map(plainNumber) : null;
  return plainNumber(value.value);
}

/** JSON has no 64-bit integers. */
function plainNumber(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
