import { join } from "node:path";
import type { CAC } from "cac";
import { AppError } from "../platform/AppError.js";
import { readConfig } from "../platform/config.js";
import { packagePath } from "../platform/paths.js";
import { launchdLabel, launchdPlist } from "./service/launchdPlist.js";
import { systemdUnit } from "./service/systemdUnit.js";

interface ServiceFlags {
  for?: string;
  port?: unknown;
  home?: unknown;
}

/** `cria service`: prints what starts Cria with the machine. Nothing is written or started: that is the user's to do. */
export function registerService(cli: CAC): void {
  cli
    .command("service", "Print what starts Cria when you log in: a systemd unit or a launchd agent")
    .option("--for <systemd|launchd>", "Which one (that of this machine)")
    .option("--port <number>", "Port to listen on (3000)")
    .option("--home <folder>", "Where models and conversations are kept (~/.cria)")
    .action(printService);
}

function printService(flags: ServiceFlags): void {
  const { port, homePath } = readConfig({ port: flags.port, homePath: flags.home });
  const manager = flags.for ?? { linux: "systemd", darwin: "launchd" }[process.platform as string];
  const main = join(packagePath, "dist", "server", "cli", "main.js");
  const program = {
    command: [process.execPath, main, "serve", "--no-open", "--port", String(port)],
    environment: { CRIA_HOME: homePath },
  };
  if (manager === "systemd") {
    process.stdout.write(systemdUnit(program));
    advise("cria service > ~/.config/systemd/user/cria.service", "systemctl --user enable --now cria");
  } else if (manager === "launchd") {
    process.stdout.write(launchdPlist(program, join(homePath, "serve.log")));
    const path = `~/Library/LaunchAgents/${launchdLabel}.plist`;
    advise(`cria service > ${path}`, `launchctl load ${path}`);
  } else
    throw new AppError(
      "config_invalid",
      flags.for === undefined
        ? `There is no service for ${process.platform} that Cria knows.`
        : `--for cannot be "${flags.for}".`,
      { hint: "Choose --for systemd or --for launchd; on Windows the Task Scheduler can start: cria serve --no-open" },
    );
  // npx keeps packages in a cache that it empties.
  if (packagePath.includes("_npx"))
    console.error("# This Cria is in npx's cache and may go away: install it first (npm install -g cria).");
}

/** For people, beside what goes into the file. */
function advise(...commands: string[]): void {
  if (!process.stdout.isTTY) return;
  console.error(["# To use it:", ...commands.map((command) => `#   ${command}`)].join("\n"));
}
