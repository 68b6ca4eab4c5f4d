import { join, resolve } from "node:path";
import { z } from "zod";
import { AppError } from "./AppError.js";
import { type EngineAddress, engineAddressSchema, withEngineKeys } from "./engineAddresses.js";
import { expandTilde } from "./expandTilde.js";
import { isAddressOrRange } from "./networkAddress.js";
import { userFolder } from "./userFolder.js";

/** What the server is started with, after flags, environment and defaults have been put together. */
export interface Config {
  host: string;
  /** 0: any free port. */
  port: number;
  homePath: string;
  /** What callers have to show, besides the home's named tokens; `auto`: one is made for this run. */
  token: string | undefined;
  /** Names under which the server may be asked for, beside its address and `localhost`. */
  allowedHosts: string[];
  /** Addresses and ranges of proxies whose `X-Forwarded-For` counts. */
  trustedProxies: string[];
  /** `daily`: the first start of a day asks npm for a newer version. Nothing is asked otherwise. */
  updateCheck: "off" | "daily";
  /** Open the page in the browser once the server listens. */
  open: boolean;
  logLevel: "silent" | "error" | "warn" | "info" | "debug";
  /** The most threads that all workers together may use; 0: as many as are free. */
  maxThreads: number;
  /** `auto`: the best one there is. */
  gpu: "auto" | "off";
  /** The context that a model gets unless its own is smaller, in tokens. */
  contextTokens: number;
  /** What the KV cache is kept as: a quantized one takes a half or a quarter of the memory; `auto`: as `cria tune` found it, else f16. */
  kvCacheType: "auto" | "f16" | "q8_0" | "q4_0";
  /** Models to load at the start, by their ids. */
  preload: string[];
  /** Models that nobody uses leave the memory after so long; 0: never. */
  idleUnloadMinutes: number;
  /** What the stored chats and files of each guest may take; 0: as much as there is room for. */
  guestStorageMegabytes: number;
  /** Other servers whose models are offered beside those of this machine. */
  engines: EngineAddress[];
  /** Models to load at the start that stay in memory, by their ids. */
  pin: string[];
  /** Several servers share what they keep: generations, presence and installs in Redis, chats in Postgres. Both or neither. */
  redisUrl: string | undefined;
  postgresUrl: string | undefined;
}

const environmentNames = {
  host: "CRIA_HOST",
  port: "CRIA_PORT",
  homePath: "CRIA_HOME",
  token: "CRIA_TOKEN",
  allowedHosts: "CRIA_ALLOWED_HOSTS",
  trustedProxies: "CRIA_TRUSTED_PROXIES",
  updateCheck: "CRIA_UPDATE_CHECK",
  logLevel: "CRIA_LOG",
  maxThreads: "CRIA_THREADS",
  gpu: "CRIA_GPU",
  contextTokens: "CRIA_CONTEXT",
  kvCacheType: "CRIA_KV_CACHE",
  preload: "CRIA_PRELOAD",
  idleUnloadMinutes: "CRIA_IDLE_UNLOAD",
  guestStorageMegabytes: "CRIA_GUEST_STORAGE",
  engines: "CRIA_ENGINES",
  pin: "CRIA_PIN",
  redisUrl: "CRIA_REDIS",
  postgresUrl: "CRIA_POSTGRES",
} as const;

/** The flag that sets each value, for error messages. */
const flagNames: Record<keyof Config, string> = {
  host: "--host",
  port: "--port",
  homePath: "--home",
  token: "--token",
  allowedHosts: "--allowed-host",
  trustedProxies: "--trusted-proxy",
  open: "--open",
  updateCheck: "--update-check",
  logLevel: "--log",
  maxThreads: "--threads",
  gpu: "--gpu",
  contextTokens: "--context",
  kvCacheType: "--kv-cache",
  preload: "--preload",
  idleUnloadMinutes: "--idle-unload",
  guestStorageMegabytes: "--guest-storage",
  engines: "--engine",
  pin: "--pin",
  redisUrl: "--redis",
  postgresUrl: "--postgres",
};

/** Secrets are not repeated, not even wrong ones, nor those that stand in an address. */
const secret: ReadonlySet<keyof Config> = new Set(["token", "engines", "redisUrl", "postgresUrl"]);

const wholeNumber = (min: number, max: number) => {
  const wanted = `Give a whole number from ${min} to ${max}.`;
  const range = z.int(wanted).min(min, wanted).max(max, wanted);
  return z.coerce.string().regex(/^\d+$/, wanted).transform(Number).pipe(range);
};

const oneOf = <const Value extends string>(...values: Value[]) =>
  z.enum(values, `Give ${values.slice(0, -1).join(", ")} or ${values.at(-1)}.`);

/** Entries between commas, or several times the same flag. */
const list = <Entry extends z.ZodType<unknown, string>>(entry: Entry) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) =>
      [given]
        .flat()
        .flatMap((text) => text.split(","))
        .map((text) => text.trim())
        .filter(Boolean),
    )
    .pipe(z.array(entry).max(100));

const hostName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, "a name in lower case, without a port");
const addressOrRange = z.string().refine(isAddressOrRange, "an address or a range, as 10.0.0.2 or 10.0.0.0/8");

const modelName = z.string().regex(/^[A-Za-z0-9._-]{1,96}$/, "a model's name, as llama.7B or 7B");

const schemas = {
  host: z.string().min(1, "Give an address or a name.").max(253, "Give an address or a name."),
  port: wholeNumber(0, 65_535),
  homePath: z.string().min(1, "Give a folder."),
  token: z
    .string()
    .regex(/^(auto|[A-Za-z0-9._~+/=-]{16,512})$/, "at least 16 letters, digits and . _ ~ + / = -, or auto"),
  allowedHosts: list(hostName),
  trustedProxies: list(addressOrRange),
  open: z.boolean(),
  updateCheck: oneOf("off", "daily"),
  logLevel: oneOf("silent", "error", "warn", "info", "debug"),
  maxThreads: wholeNumber(0, 1024),
  gpu: oneOf("auto", "off"),
  contextTokens: wholeNumber(128, 1_048_576),
  kvCacheType: oneOf("auto", "f16", "q8_0", "q4_0"),
  engines: list(engineAddressSchema),
  preload: list(modelName),
  idleUnloadMinutes: wholeNumber(0, 525_600),
  guestStorageMegabytes: wholeNumber(0, 1_000_000_000),
  pin: list(modelName),
  redisUrl: z
    .string()
    .max(2000)
    .regex(/^rediss?:\/\/\S+$/, "an address, as redis://host:6379"),
  postgresUrl: z
    .string()
    .max(2000)
    .regex(/^postgres(ql)?:\/\/\S+$/, "an address, as postgres://user@host:5432/cria"),
} satisfies Record<keyof Config, z.ZodType>;

const defaults: Config = {
  host: "127.0.0.1",
  port: 3000,
  homePath: join(userFolder(), ".cria"),
  token: undefined,
  allowedHosts: [],
  trustedProxies: [],
  open: false,
  updateCheck: "off",
  logLevel: "warn",
  maxThreads: 0,
  gpu: "auto",
  contextTokens: 8192,
  kvCacheType: "auto",
  preload: [],
  idleUnloadMinutes: 30,
  guestStorageMegabytes: 1024,
  engines: [],
  pin: [],
  redisUrl: undefined,
  postgresUrl: undefined,
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
    const given = secret.has(key) ? "what was given" : `"${String(raw)}"`;
    throw new AppError("config_invalid", `${name} cannot be ${given}.`, {
      hint: parsed.error.issues.map((issue) => issue.message).join("; "),
      field: key,
    });
  };
  const config: Config = {
    host: value("host"),
    port: value("port"),
    homePath: resolve(expandTilde(value("homePath"))),
    token: value("token"),
    allowedHosts: value("allowedHosts"),
    trustedProxies: value("trustedProxies"),
    open: value("open"),
    updateCheck: value("updateCheck"),
    logLevel: value("logLevel"),
    maxThreads: value("maxThreads"),
    gpu: value("gpu"),
    contextTokens: value("contextTokens"),
    kvCacheType: value("kvCacheType"),
    preload: value("preload"),
    idleUnloadMinutes: value("idleUnloadMinutes"),
    guestStorageMegabytes: value("guestStorageMegabytes"),
    engines: withEngineKeys(value("engines"), environment),
    pin: value("pin"),
    redisUrl: value("redisUrl"),
    postgresUrl: value("postgresUrl"),
  };
  requireBothStores(config);
  requireSharedToken(config);
  return config;
}

/** Servers that share half of what they keep would lose the other half. */
function requireBothStores({ redisUrl, postgresUrl }: Config): void {
  if ((redisUrl === undefined) === (postgresUrl === undefined)) return;
  const missing = redisUrl === undefined ? "redisUrl" : "postgresUrl";
  const given = missing === "redisUrl" ? "postgresUrl" : "redisUrl";
  throw new AppError("config_invalid", `${flagNames[given]} needs ${flagNames[missing]} too.`, {
    hint: `Several servers share both: give ${flagNames[missing]} (${environmentNames[missing]}), or neither for one server alone.`,
    field: missing,
  });
}

/** A page that comes to another node of a cluster has to be let in there too. */
function requireSharedToken({ redisUrl, token }: Config): void {
  if (redisUrl === undefined || token !== "auto") return;
  throw new AppError("config_invalid", "--token auto makes a token that the other servers do not know.", {
    hint: "Give all of them the same one: CRIA_TOKEN=$(openssl rand -hex 16)",
    field: "token",
  });
}
