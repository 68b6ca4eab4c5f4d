import type { Sampling } from "../../protocol/sampling.js";
import { samplingLimits } from "../../protocol/samplingLimits.js";
import { type DalaiFamily, dalaiDefaults } from "./dalaiDefaults.js";

/** The longest prompt that is taken, in UTF-16 units: every answer carries the request, so its size counts once per piece. */
export const maxPromptLength = 200_000;

/** Model names that a request may list; a page keeps every name that it has ever seen. */
const maxModelNames = 1000;

/** The payload of Dalai's event `request` after it has been read as kindly as Dalai's clients need. */
export interface DalaiRequest {
  /** What goes back with every answer: the payload itself, `{}` for what is no object; `models` is always an array. */
  echo: Record<string, unknown>;
  /** Asks for the names of the installed models; nothing else counts then. */
  installed: boolean;
  prompt: string;
  /** The name that was asked for; `undefined` when none was. */
  model: string | undefined;
  models: string[];
  /** Stream what happens before the first token, too. */
  debug: boolean;
  /** Leave out the end marker. */
  skipEnd: boolean;
  /** Encode every piece for HTML. */
  html: boolean;
  /** The sampling parameters with the defaults of the engine that Dalai ran for this family; every field within the limits. */
  sampling(family: DalaiFamily): Sampling;
}

/**
 * Reads a payload of the event `request`. Nothing is refused here: a field that cannot be used counts as not given, a number may
 * come as a string, `""` means the default, a number outside the limits is moved to the nearest one inside.
 */
export function parseDalaiRequest(payload: unknown): DalaiRequest {
  const given: Record<string, unknown> = isPlainObject(payload) ? payload : {};
  const models = Array.isArray(given.models) ? [...new Set<unknown>(given.models)].slice(0, maxModelNames) : [];
  const model = typeof given.model === "string" ? given.model.trim().slice(0, 200) : "";
  return {
    echo: { ...given, models },
    installed: given.method === "installed",
    prompt: textOf(given.prompt),
    model: model === "" ? undefined : model,
    models: models.filter((name) => typeof name === "string"),
    // `full` asked for the raw log of the engine's process; the nearest thing to it is `debug`.
    debug: isSet(given.debug) || isSet(given.full),
    skipEnd: isSet(given.skip_end),
    html: isSet(given.html),
    sampling: (family) => readSampling(given, family),
  };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

/** Flags come as booleans, and as words from pages that keep every field as text. */
function isSet(value: unknown): boolean {
  if (typeof value === "string") return !["", "false", "0", "off", "no"].includes(value.trim().toLowerCase());
  return Boolean(value);
}

/** Dalai passed a field on only when it was truthy, so a numeric 0 means the default and the text "0" means 0. */
function numberOf(value: unknown): number | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  if (value === 0 || (typeof value === "string" && value.trim() === "")) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function clamp(value: number, { min, max }: { min: number; max: number }): number {
  return Math.min(max, Math.max(min, value));
}

function readSampling(given: Record<string, unknown>, family: DalaiFamily): Sampling {
  const defaults = dalaiDefaults[family];
  const number = (field: keyof typeof defaults & string, limits: { min: number; max: number }) =>
    clamp(numberOf(given[field]) ?? defaults[field], limits);
  const integer = (field: keyof typeof defaults & string, limits: { min: number; max: number }) =>
    Math.round(number(field, limits));
  const seed = numberOf(given.seed);
  const maxTokens = numberOf(given.n_predict) ?? defaults.n_predict;
  return {
    temperature: number("temp", samplingLimits.temperature),
    topK: integer("top_k", samplingLimits.topK),
    topP: number("top_p", samplingLimits.topP),
    repeatPenalty: number("repeat_penalty", samplingLimits.repeatPenalty),
    repeatLastTokens: integer("repeat_last_n", samplingLimits.repeatLastTokens),
    // As in every later llama.cpp, a negative number means: until the model or the context ends.
    maxTokens: maxTokens < 0 ? samplingLimits.maxTokens.max : Math.round(clamp(maxTokens, samplingLimits.maxTokens)),
    // Steps that the engines of that time did not have stay off, whatever the model's own defaults are.
    minP: 0,
    presencePenalty: 0,
    frequencyPenalty: 0,
    dryMultiplier: 0,
    xtcProbability: 0,
    logitBias: [],
    stop: [],
    ignoreEos: false,
    // Left out, a negative seed is a random one.
    ...(seed === undefined || seed < 0 ? {} : { seed: Math.round(clamp(seed, samplingLimits.seed)) }),
  };
}
