#!/usr/bin/env node
import { cac } from "cac";
import { AppError } from "../platform/AppError.js";
import { version } from "../platform/version.js";
import { registerChat } from "./chatCommand.js";
import { registerDoctor } from "./doctorCommand.js";
import { registerConvert } from "./models/convertCommand.js";
import { registerImport } from "./models/importCommand.js";
import { registerInstall } from "./models/installCommand.js";
import { registerList } from "./models/listCommand.js";
import { registerQuantize } from "./models/quantizeCommand.js";
import { registerRemove } from "./models/removeCommand.js";
import { registerShow } from "./models/showCommand.js";
import { registerVerify } from "./models/verifyCommand.js";
import { errorEvent, interruptedStatus, printError } from "./printError.js";
import { registerServe } from "./serveCommand.js";
import { registerService } from "./serviceCommand.js";
import { registerToken } from "./tokenCommand.js";
import { registerTune } from "./tuneCommand.js";
import { markValues, unmarkValues } from "./typedValues.js";
import { registerUpdate } from "./updateCommand.js";

const cli = cac("cria");
registerServe(cli);
registerChat(cli);
registerService(cli);
registerUpdate(cli);
registerToken(cli);
registerDoctor(cli);
registerTune(cli);
registerInstall(cli);
registerList(cli);
registerShow(cli);
registerVerify(cli);
registerRemove(cli);
registerImport(cli);
registerConvert(cli);
registerQuantize(cli);
cli.help();
cli.version(version);

try {
  cli.parse(markValues(cli, asFlag(process.argv)), { run: false });
  unmarkValues(cli.options);
  if (cli.matchedCommand === undefined && cli.options.help !== true && cli.options.version !== true) {
    const word = cli.args[0];
    if (word !== undefined)
      throw new AppError("config_invalid", `There is no command "${word}".`, {
        hint: "cria --help lists the commands.",
      });
    cli.outputHelp();
  }
  await cli.runMatchedCommand();
} catch (error) {
  fail(error);
}

/** `cria help` and `cria help serve`, which many programs have, as `cria --help` and `cria serve --help`. */
function asFlag(argv: readonly string[]): readonly string[] {
  const [node = "", program = "", first, ...others] = argv;
  return first === "help" ? [node, program, ...others, "--help"] : argv;
}

/** What a person reads, or with `--json` one object on standard output, as each command says it. */
function fail(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof Error && error.name === "CACError") {
    const { matchedCommandName: command } = cli;
    const hint =
      command === undefined ? "cria --help lists the commands." : `cria ${command} --help says what it takes.`;
    console.error(`${error.message}\n${hint}`);
    return;
  }
  const known = AppError.from(error);
  const stopped = known.code === "install_stopped";
  if (stopped) process.exitCode = interruptedStatus;
  if (cli.options.json === true)
    process.stdout.write(`${JSON.stringify(stopped ? { event: "stopped" } : errorEvent(known))}\n`);
  else printError(known);
}
