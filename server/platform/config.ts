import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { AppError } from "./AppError.js";

/** What the server is started with, after flags, environment and defaults have been put together. */
export interface Config {
  host: string;
  /** 0: any free port. */
  port: number;
  homePath: string;
  /** Open the page in the browser once the server listens. */
  open: boolean;
  logLevel: "silent" | "error" | "warn" | "info" | "debug";
  /** The most threads that all workers together may use; 0: as many as are free. */
  maxThreads: number;
  /** `auto`: the best one there is. */
  gpu: "auto" | "off";
  /** The context that a model gets unless its own is smaller, in tokens. */
  contextTokens: number;
}

const environmentNames = {
  host: "CRIA_HOST",
  port: "CRIA_PORT",
  homePath: "CRIA_HOME",
  logLevel: "CRIA_LOG",
  maxThreads: "CRIA_THREADS",
  gpu: "CRIA_GPU",
  contextTokens: "CRIA_CONTEXT",
} as const;

/** The flag that sets each value, for error messages. */
const flagNames: Record<keyof Config, string> = {
  host: "--host",
  port: "--port",
  homePath: "--home",
  open: "--open",
  logLevel: "--log",
  maxThreads: "--threads",
  gpu: "--gpu",
  contextTokens: "--context",
};

const wholeNumber = (min: number, max: number) =>
  z.coerce.string().regex(/^\d+$/, "must be a whole number").transform(Number).pipe(z.int().min(min).max(max));

const schemas = {
  host: z.string().min(1).max(253),
  port: wholeNumber(0, 65_535),
  homePath: z.string().min(1),
  open: z.boolean(),
  logLevel: z.enum(["silent", "error", "warn", "info", "debug"]),
  maxThreads: wholeNumber(0, 1024),
  gpu: z.enum(["auto", "off"]),
  contextTokens: wholeNumber(128, 1_048_576),
} satisfies Record<keyof Config, z.ZodType>;

const defaults: Config = {
  host: "127.0.0.1",
  port: 3000,
  homePath: join(homedir(), ".cria"),
  open: false,
  logLevel: "warn",
  maxThreads: 0,
  gpu: "auto",
  contextTokens: 8192,
};

/** Raw values as they come from the command line; `undefined` where a flag was not given. */
export type Flags = { [Key in keyof Config]?: unknown };

/**
 * Flags win over the environment, the environment over the defaults; an empty variable counts as not set.
 * Throws `config_invalid`, naming the flag or variable and what it may be.
 */
export function readConfig(flags: Flags = {}, environment: NodeJS.ProcessEnv = process.env): Config {
  const value = <Key extends keyof Config>(key: Key): Config[Key] => {
    const variable: string | undefined =
      key in environmentNames ? environmentNames[key as keyof typeof environmentNames] : undefined;
    const fromFlag = flags[key] !== undefined;
    const raw = fromFlag ? flags[key] : variable === undefined ? undefined : environment[variable] || undefined;
    if (raw === undefined) return defaults[key];
    const schema: z.ZodType = schemas[key];
    const parsed = schema.safeParse(raw);
    if (parsed.success) return parsed.data as Config[Key];
    const name = fromFlag ? flagNames[key] : (variable ?? key);
    throw new AppError("config_invalid", `${name} cannot be "${String(raw)}".`, {
      hint: parsed.error.issues.map((issue) => issue.message).join("; "),
      field: key,
    });
  };
  return {
    host: value("host"),
    port: value("port"),
    homePath: resolve(value("homePath")),
    open: value("open"),
    logLevel: value("logLevel"),
    maxThreads: value("maxThreads"),
    gpu: value("gpu"),
    contextTokens: value("contextTokens"),
  };
}
