import { readFileSync } from "node:fs";
import { z } from "zod";
import { AppError } from "./AppError.js";

/** A server with an OpenAI-compatible API. */
export interface EngineAddress {
  name: string;
  /** Up to and with `/v1`, without a slash at its end. */
  baseUrl: string;
  /** Never from a flag: every user of the machine sees those. */
  apiKey?: string | undefined;
}

const shape = "a name and an address, as gpu=http://host:8000/v1";

/** `name=url`; an address without a path gets `/v1`. */
export const engineAddressSchema = z.string().transform((text, context): EngineAddress => {
  const fail = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  const [, name, address] = /^([a-z0-9][a-z0-9-]{0,31})=(.+)$/.exec(text) ?? [];
  if (name === undefined || address === undefined)
    return fail(`${shape}; the name has small letters, digits and - only`);
  if (!URL.canParse(address)) return fail(shape);
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") return fail(shape);
  if (url.username !== "" || url.password !== "")
    return fail(`no user name or password in the address: the key goes into ${keyVariable(name)}`);
  if (url.search !== "" || url.hash !== "") return fail("no ? or # in the address");
  const path = url.pathname.replace(/\/+$/, "");
  return { name, baseUrl: `${url.origin}${path === "" ? "/v1" : path}` };
});

/**
 * Adds the keys that the environment has: `CRIA_ENGINE_<NAME>_KEY`, or in the file that `CRIA_ENGINE_<NAME>_KEY_FILE` names.
 * Throws `config_invalid` for a file that cannot be read, a key that cannot be sent, and two engines of one name.
 */
export function withEngineKeys(addresses: readonly EngineAddress[], environment: NodeJS.ProcessEnv): EngineAddress[] {
  const names = addresses.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new AppError("config_invalid", `There are two engines called "${twice}".`, { field: "engines" });
  return addresses.map((address) => {
    const variable = keyVariable(address.name);
    const path = environment[`${variable}_FILE`];
    const apiKey = (environment[variable] || (path ? readKeyFile(path, `${variable}_FILE`) : "")).trim();
    if (apiKey === "") return address;
    if (!/^[\x21-\x7e]{1,4096}$/.test(apiKey))
      throw new AppError(
        "config_invalid",
        `${variable} has what no key can have: spaces, line breaks or other letters.`,
        {
          field: "engines",
        },
      );
    return { ...address, apiKey };
  });
}

function keyVariable(name: string): string {
  return `CRIA_ENGINE_${name.toUpperCase().replaceAll("-", "_")}_KEY`;
}

function readKeyFile(path: string, variable: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new AppError("config_invalid", `The file that ${variable} names cannot be read.`, {
      field: "engines",
      cause,
    });
  }
}
