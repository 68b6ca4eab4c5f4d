import type { Command } from "cac";
import { AppError } from "../../platform/AppError.js";
import { type Sampling, samplingLimits, samplingSchema } from "../../protocol/sampling.js";
import { textFlags } from "./textFlags.js";

type NumberKey = keyof typeof samplingLimits;

const numberKeys = Object.keys(samplingLimits) as NumberKey[];

/** Names that users of other programs type. */
const otherNames: Partial<Record<NumberKey, string>> = {
  temperature: "--temp",
  maxTokens: "-n",
  repeatLastTokens: "--repeat-last-n",
};

function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Where the parser puts a flag of this name. */
function optionKey(name: string): string {
  return name.replace(/^-+/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
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
    .option("--ignore-eos", "Go on when the model says that it is done");
}

/** The sampling parameters among a command's flags. Throws `config_invalid`, naming the flag. */
export function readSamplingFlags(flags: Record<string, unknown>, argv?: readonly string[]): Sampling {
  const sampling: Record<string, unknown> = {};
  for (const key of numberKeys) {
    const value = flags[key] ?? flags[optionKey(otherNames[key] ?? key)];
    if (value !== undefined) sampling[key] = readNumber(key, value);
  }
  const stop = textFlags(["--stop"], argv).map(readEscapes);
  if (stop.length > 0) sampling.stop = stop;
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

function readNumber(key: NumberKey, value: unknown): number {
  const number = typeof value === "number" ? value : Number(String(value).trim() || "none");
  const parsed = samplingSchema.shape[key].safeParse(number);
  if (parsed.success && parsed.data !== undefined) return parsed.data;
  throw new AppError("config_invalid", `${flagName(key)} cannot be "${String(value)}".`, {
    hint: `It goes from ${describe(key)}.`,
  });
}

/** `\n`, `\t` and `\\` as they are written in a shell's quotes. */
function readEscapes(text: string): string {
  return text.replace(/\\([nt\\])/g, (_, letter: string) => (letter === "n" ? "\n" : letter === "t" ? "\t" : "\\"));
}
