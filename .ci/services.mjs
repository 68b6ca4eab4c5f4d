import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

const debianPostgres = "/usr/lib/postgresql";

/** The programs that tests of several servers start, as far as this machine lacks them. */
export function missingServices() {
  const path = (process.env.PATH ?? "").split(delimiter);
  const versions = existsSync(debianPostgres) ? readdirSync(debianPostgres) : [];
  const has = (program, folders) => folders.some((folder) => existsSync(join(folder, program)));
  const postgres = [...versions.map((version) => join(debianPostgres, version, "bin")), ...path];
  return [...(has("redis-server", path) ? [] : ["Redis"]), ...(has("initdb", postgres) ? [] : ["PostgreSQL"])];
}
