import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AppError } from "./AppError.js";
import { readConfig } from "./config.js";

describe("readConfig", () => {
  it("listens on this machine alone, at port 3000, with its home in the user's", () => {
    expect(readConfig({}, {})).toMatchObject({ host: "127.0.0.1", port: 3000, homePath: join(homedir(), ".cria") });
  });

  it("takes flags before the environment, and the environment before the defaults", () => {
    const environment = { CRIA_PORT: "4000", CRIA_HOST: "::1", CRIA_HOME: "/elsewhere" };
    expect(readConfig({ port: "5000" }, environment)).toMatchObject({
      port: 5000,
      host: "::1",
      homePath: "/elsewhere",
    });
  });

  it("takes an empty variable for one that is not set", () => {
    expect(readConfig({}, { CRIA_PORT: "" }).port).toBe(3000);
  });

  it("takes a number as the command line's parser gives it", () => {
    expect(readConfig({ port: 0 }, {}).port).toBe(0);
  });

  it("takes Redis and Postgres together, from either place, and neither by itself", () => {
    const redis = "redis://:secret@cache:6379/1";
    const postgres = "postgres://cria:secret@db/cria";
    expect(readConfig({ redisUrl: redis }, { CRIA_POSTGRES: postgres })).toMatchObject({
      redisUrl: redis,
      postgresUrl: postgres,
    });
    expect(readConfig({}, {})).toMatchObject({ redisUrl: undefined, postgresUrl: undefined });
    for (const [given, missing] of [
      [{ redisUrl: redis }, "--postgres"],
      [{ postgresUrl: postgres }, "--redis"],
    ] as const)
      expect(() => readConfig(given, {})).toThrowError(
        expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(`needs ${missing}`) }),
      );
  });

  it("wants one token for all servers that share a Redis", () => {
    const shared = { redisUrl: "redis://cache", postgresUrl: "postgres://db" };
    expect(() => readConfig({ ...shared, token: "auto" }, {})).toThrowError(
      expect.objectContaining({ code: "config_invalid", field: "token" }),
    );
    expect(readConfig({ ...shared, token: "a-token-for-all-of-them" }, {}).token).toBe("a-token-for-all-of-them");
  });

  it("repeats no secret of an address that it refuses", () => {
    expect(() => readConfig({ postgresUrl: "mysql://root:secret@db" }, {})).toThrowError(
      expect.objectContaining({ message: "--postgres cannot be what was given." }),
    );
  });

  describe("refuses, naming what is wrong", () => {
    it.each([
      [{ port: "99999" }, {}, "--port"],
      [{ port: "-1" }, {}, "--port"],
      [{ port: "3000; rm" }, {}, "--port"],
      [{ port: "NaN" }, {}, "--port"],
      [{}, { CRIA_PORT: "abc" }, "CRIA_PORT"],
      [{ gpu: "maybe" }, {}, "--gpu"],
      [{ maxThreads: 1e9 }, {}, "--threads"],
      [{ host: "" }, {}, "--host"],
      [{ kvCacheType: "q3" }, {}, "--kv-cache"],
      [{}, { CRIA_PRELOAD: "../x" }, "CRIA_PRELOAD"],
    ])("%j with %j: %s", (flags, environment, name) => {
      expect(() => readConfig(flags, environment)).toThrowError(
        expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(name) }),
      );
      expect(() => readConfig(flags, environment)).toThrowError(AppError);
    });
  });
});
