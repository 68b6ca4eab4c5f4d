import { readFileSync } from "node:fs";
import type { Command } from "cac";
import { AppError } from "../../platform/AppError.js";
import { type Sampling, samplingSchema } from "../../protocol/sampling.js";
import { samplingLimits } from "../../protocol/samplingLimits.js";
import { textsOf } from "../typedValues.js";

/** The alternatives of each token are for programs that show them. */
type NumberKey = Exclude<keyof typeof samplingLimits, "alternatives">;

const numberKeys = (Object.keys(samplingLimits) as (keyof typeof samplingLimits)[]).filter(
  (key) => key !== "alternatives",
);

/** Names that users of other programs type. */
const otherNames: Partial<Record<NumberKey, string>> = {
  temperature: "--temp",
  maxTokens: "-n",
  repeatLastTokens: "--repeat-last-n",
};

function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function describe(key: NumberKey): string {
  const limits: { min: number; max: number; default?: number } = samplingLimits[key];
  const byDefault = limits.default === undefined ? "" : `, usually ${limits.default}`;
  return `${limits.min} to ${limits.max}${byDefault}`;
}

/** One flag per sampling parameter, from the protocol's own table. */
export function addSamplingFlags(command: Command): Command {
  for (const key of numberKeys) {
    const names = [otherNames[key], flagName(key)].filter((name) => name !== undefined).join(", ");
    command.option(`${names} <number>`, describe(key));
  }
  return command
    .option("--stop <text>", "End the reply before this text; may be given several times")
    .option("--logit-bias <token=bias>", "Make a token (its number or a text) more or less probable, -100 to 100")
    .option("--grammar <text>", "A GBNF grammar that the reply follows; @FILE reads it from a file")
    .option("--json-schema <text>", "A JSON schema that the reply is valid under; @FILE reads it from a file")
    .option("--ignore-eos", "Go on when the model says that it is done");
}

/** The sampling parameters among a command's flags. Throws `config_invalid`, naming the flag. */
export function readSamplingFlags(flags: Record<string, unknown>): Sampling {
  const sampling: Record<string, unknown> = {};
  for (const key of numberKeys) {
    const value = textsOf(flags[key]).at(-1);
    if (value !== undefined) sampling[key] = readNumber(key, value);
  }
  const stop = textsOf(flags.stop).map(readEscapes);
  if (stop.length > 0) sampling.stop = stop;
  const bias = textsOf(flags.logitBias).map(readBias);
  if (bias.length > 0) sampling.logitBias = bias;
  const grammar = textsOf(flags.grammar).at(-1);
  if (grammar !== undefined) sampling.grammar = readText("--grammar", grammar);
  const schema = textsOf(flags.jsonSchema).at(-1);
  if (schema !== undefined) sampling.jsonSchema = readJson(readText("--json-schema", schema));
  if (flags.ignoreEos === true) sampling.ignoreEos = true;
  const parsed = samplingSchema.safeParse(sampling);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError("config_invalid", `${flagName(String(issue?.path[0]))}: ${issue?.message}.`);
}

/** Sets one parameter by any of its names, as `/set temperature 0.2` does. Throws `config_invalid`. */
export function setParameter(sampling: Sampling, name: string, value: string): Sampling {
  const key = numberKeys.find((candidate) =>
    [
      candidate.toLowerCase(),
      flagName(candidate),
      flagName(candidate).slice(2),
      otherNames[candidate]?.replace(/^-+/, ""),
    ].includes(name.toLowerCase()),
  );
  if (key === undefined)
    throw new AppError("config_invalid", `There is no parameter "${name}".`, {
      hint: `There are: ${numberKeys.map((known) => flagName(known).slice(2)).join(", ")}.`,
    });
  return { ...sampling, [key]: readNumber(key, value) };
}

function readNumber(key: NumberKey, value: string): number {
  const number = Number(value.trim() || "none");
  const parsed = samplingSchema.shape[key].safeParse(number);
  if (parsed.success && parsed.data !== undefined) return parsed.data;
  throw new AppError("config_invalid", `${flagName(key)} cannot be "${value}".`, {
    hint: `It goes from ${describe(key)}.`,
  });
}

/** `token=bias`; the last `=` parts them, so that a text may hold one. */
function readBias(value: string): { token: number | string; bias: number } {
  const at = value.lastIndexOf("=");
  const token = value.slice(0, at);
  const bias = Number(value.slice(at + 1).trim() || "none");
  if (at <= 0 || !Number.isFinite(bias))
    throw new AppError("config_invalid", `--logit-bias cannot be "${value}".`, {
      hint: "Give a token and its bias: --logit-bias 42=-100 or --logit-bias word=5",
    });
  return { token: /^\d+$/.test(token) ? Number(token) : readEscapes(token), bias };
}

/** The text itself, or a file's when it begins with `@`. */
function readText(flag: string, value: string): string {
  if (!value.startsWith("@")) return value;
  try {
    return readFileSync(value.slice(1), "utf8");
  } catch (cause) {
    throw new AppError("config_invalid", `${flag}: ${value.slice(1)} cannot be read.`, {
      hint: "Check the path.",
      cause,
    });
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("config_invalid", "--json-schema is not JSON.", {
      hint: cause instanceof Error ? cause.message : "",
      cause,
    });
  }
}

/** `\n`, `\t` and `\\` as they are written in a shell's quotes. */
function readEscapes(text: string): string {
  return text.replace(/\\([nt\\])/g, (_, letter: string) => (letter === "n" ? "\n" : letter === "t" ? "\t" : "\\"));
}
