import type { CAC } from "cac";
import { readConfig } from "../platform/config.js";
import { createLogger } from "../platform/logger.js";
import { terminalStyle } from "./chat/terminalStyle.js";
import { examine } from "./doctor/examine.js";
import type { Finding } from "./doctor/Finding.js";

interface DoctorFlags {
  home?: unknown;
  host?: unknown;
  port?: unknown;
  gpu?: unknown;
  json?: boolean;
}

/** `cria doctor`: what works here, what does not, and what to do about it. */
export function registerDoctor(cli: CAC): void {
  cli
    .command("doctor", "Check this machine and what is installed, and say what to do")
    .option("--home <folder>", "Where models and conversations are kept (~/.cria)")
    .option("--host <address>", "The address that the server is to listen on (127.0.0.1)")
    .option("--port <number>", "The port that the server is to listen on (3000)")
    .option("--gpu <auto|off>", "Use a GPU if there is one (auto)")
    .option("--json", "Print one JSON object")
    .action(doctor);
}

/** The exit status is 1 when there is a problem; warnings leave it 0. */
async function doctor(flags: DoctorFlags): Promise<void> {
  const config = readConfig({ homePath: flags.home, host: flags.host, port: flags.port, gpu: flags.gpu });
  const findings: Finding[] = [];
  for await (const finding of examine(config, createLogger("silent"))) {
    findings.push(finding);
    if (flags.json !== true) print(finding);
  }
  const count = (status: Finding["status"]) => findings.filter((finding) => finding.status === status).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems > 0) process.exitCode = 1;
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ ok: problems === 0, findings })}\n`);
  else console.log(verdict(problems, warnings));
}

function print({ check, status, message, hint }: Finding): void {
  const style = terminalStyle(process.stdout);
  const mark = { ok: "ok     ", warning: style.bold("warning"), problem: style.error("PROBLEM") }[status];
  console.log(`${mark}  ${check}: ${message}`);
  if (hint !== undefined) console.log(`         ${hint}`);
}

function verdict(problems: number, warnings: number): string {
  if (problems > 0)
    return `\n${counted(problems, "problem")} to solve${warnings > 0 ? `, ${counted(warnings, "warning")}` : ""}.`;
  return warnings > 0 ? `\nCria works here, with ${counted(warnings, "warning")}.` : "\nAll is well.";
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
