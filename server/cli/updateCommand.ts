import type { CAC } from "cac";
import { version } from "../platform/version.js";
import { findNewerVersion } from "./findNewerVersion.js";

/** `cria update`: says whether there is a newer version. It installs nothing: a program that replaces itself is one to attack. */
export function registerUpdate(cli: CAC): void {
  cli.command("update", "Say whether there is a newer version, and how to get it").action(async () => {
    const newer = await findNewerVersion(version);
    console.log(newer === undefined ? `Cria ${version} is the newest version.` : updateHint(newer));
  });
}

/** One line about a newer version. */
export function updateHint(newer: string): string {
  return `Cria ${newer} is there (this is ${version}): npm install -g cria@${newer}, or npx cria@${newer} serve`;
}
