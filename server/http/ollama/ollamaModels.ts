import type { AnyModel, InstalledModel } from "../../models/ModelRegistry.js";
import { namesTools } from "../../prompts/toolFormat.js";
import { readGgufHeader } from "../../weights/gguf/readGgufHeader.js";
import type { ApiServices } from "../ApiServices.js";
import { samplingNames } from "../openai/samplingNames.js";
import { type FileFacts, type GgufFacts, plainValue } from "./GgufFacts.js";

/** Ollama writes a tag behind every name. */
export function ollamaName(modelId: string): string {
  return `${modelId}:latest`;
}

/** As Ollama counts: 8.0B, 134.52M, 67K; whole numbers have no decimals. Source: `format.HumanNumber` of Ollama. */
export function parameterSize(count: number | undefined): string {
  if (count === undefined) return "";
  if (count >= 1e9) return `${(count / 1e9).toFixed(count % 1e9 === 0 ? 0 : 1)}B`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(count % 1e6 === 0 ? 0 : 2)}M`;
  return count >= 1000 ? `${(count / 1000).toFixed(0)}K` : String(count);
}

/** As the file says it; of a model elsewhere, or a file that cannot be read now, what is known without. */
function details(model: AnyModel, file: FileFacts | undefined) {
  const family = file?.architecture;
  return {
    parent_model: "",
    format: "gguf",
    family: family ?? "",
    families: family === undefined ? [] : [family],
    parameter_size: parameterSize(file?.parameterCount ?? model.parameterCount),
    quantization_level: file?.quantization ?? model.quantization ?? "",
  };
}

async function listed(model: AnyModel, facts: GgufFacts) {
  return {
    name: ollamaName(model.id),
    model: ollamaName(model.id),
    size: model.sizeBytes,
    digest: "sha256" in model ? model.sha256 : "",
    details: details(model, "sha256" in model ? await facts.of(model) : undefined),
  };
}

/** `GET /api/tags`: what is installed. */
export async function listTags({ registry }: ApiServices, facts: GgufFacts) {
  facts.keepOnly(registry.installed());
  const models: unknown[] = [];
  // One after the other: the first call reads as many headers as there are models.
  for (const model of registry.list())
    models.push({ ...(await listed(model, facts)), modified_at: new Date(model.installedAtMs).toISOString() });
  return { models };
}

/** As a client of Ollama's expects to be told that a model stays. */
const farDay = "2318-01-01T00:00:00.000Z";

/** When a model leaves that may be idle for so long. */
function expiryDay(idleTimeLeftMs: number): string {
  return idleTimeLeftMs === Number.POSITIVE_INFINITY ? farDay : new Date(Date.now() + idleTimeLeftMs).toISOString();
}

/** `GET /api/ps`: what is in memory. */
export async function listRunning({ registry, pool }: ApiServices, facts: GgufFacts) {
  const models: unknown[] = [];
  for (const model of registry.installed().filter(({ id }) => pool.state(id).state === "ready"))
    models.push({
      ...(await listed(model, facts)),
      expires_at: expiryDay(pool.idleTimeLeftMs(model.id)),
      size_vram: 0,
      context_length: model.contextTokens,
    });
  return { models };
}

const parameterNames = new Map(Object.entries({ ...samplingNames, maxTokens: "num_predict" }));

/** `POST /api/show`. `verbose`: with the lists of the file's metadata, such as the vocabulary, for which the file is read again. */
export async function showModel(model: InstalledModel, facts: GgufFacts, verbose: boolean) {
  const file = await facts.of(model);
  // What is wrong with the file is told here: this is about nothing else.
  const whole = verbose || file === undefined ? (await readGgufHeader(model.weightsPath)).metadata : undefined;
  const metadata = whole
    ? new Map([...whole].map(([key, value]) => [key, plainValue(value, verbose)]))
    : file?.metadata;
  const said = metadata?.get("tokenizer.chat_template");
  const template = typeof said === "string" ? said : undefined;
  const forTools = metadata?.get("tokenizer.chat_template.tool_use");
  const callsTools =
    model.promptFormat === "template" &&
    [template, forTools].some((text) => typeof text === "string" && namesTools(text));
  const parameters = Object.entries(model.samplingDefaults).map(
    ([name, value]) => `${parameterNames.get(name) ?? name} ${JSON.stringify(value)}`,
  );
  return {
    license: model.license ?? "",
    modelfile: `FROM ${model.id}\n`,
    parameters: parameters.join("\n"),
    template: model.promptFormat === "template" ? (template ?? "") : "",
    details: details(model, file),
    model_info: {
      // As Ollama counts them; few files say it themselves.
      ...(file === undefined ? {} : { "general.parameter_count": file.parameterCount }),
      ...Object.fromEntries(metadata ?? []),
    },
    capabilities: ["completion", "embedding", ...(callsTools ? ["tools"] : [])],
    modified_at: new Date(model.installedAtMs).toISOString(),
  };
}
