import { AppError } from "../platform/AppError.js";
import type { Redis } from "./openRedis.js";

/** What Redis does in one step that nothing comes between. Its keys come first among the arguments, `numberOfKeys` of them. */
export interface RedisScript {
  numberOfKeys: number;
  lua: string;
}

export type RedisScripts<Name extends string> = {
  [Each in Name]: (...args: (string | number)[]) => Promise<unknown>;
};

/** The connection with these scripts as commands, by their names: Redis is sent each once, and after that what it is called. */
export function defineScripts<Name extends string>(
  redis: Redis,
  scripts: Readonly<Record<Name, RedisScript>>,
): RedisScripts<Name> {
  for (const [name, { numberOfKeys, lua }] of Object.entries<RedisScript>(scripts))
    if (!(name in redis)) redis.defineCommand(name, { numberOfKeys, lua });
  if (!hasCommands(redis, scripts)) throw new AppError("internal", "The Redis client did not take a script.");
  return redis;
}

/** The library adds a command by its name, which its own types cannot know. */
function hasCommands<Name extends string>(
  redis: Redis,
  scripts: Readonly<Record<Name, RedisScript>>,
): redis is Redis & RedisScripts<Name> {
  return Object.keys(scripts).every((name) => typeof Reflect.get(redis, name) === "function");
}
