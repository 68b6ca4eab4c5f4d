import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { packagePath } from "./paths.js";

/** Cria's version, from package.json. */
export const version = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(packagePath, "package.json"), "utf8"))).version;
