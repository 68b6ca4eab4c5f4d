import { cac } from "cac";
import { AppError } from "../platform/AppError.js";
import { version } from "../platform/version.js";
import { registerChat } from "./chatCommand.js";
import { describeMisuse } from "./describeMisuse.js";
import { registerDoctor } from "./doctorCommand.js";
import { guardOutput } from "./guardOutput.js";
import { registerConvert } from "./models/convertCommand.js";
import { registerImport } from "./models/importCommand.js";
import { registerInstall } from "./models/installCommand.js";
import { registerList } from "./models/listCommand.js";
import { registerQuantize } from "./models/quantizeCommand.js";
import { registerRemove } from "./models/removeCommand.js";
import { registerShow } from "./models/showCommand.js";
import { registerVerify } from "./models/verifyCommand.js";
import { nearestWord } from "./nearestWord.js";
import { errorEvent, interruptedStatus, printError } from "./printError.js";
import { registerServe } from "./serveCommand.js";
import { registerService } from "./serviceCommand.js";
import { shortenHelp } from "./shortenHelp.js";
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
cli.help((sections) => shortenHelp(sections, cli.matchedCommand?.description));
cli.version(version);

/** Does what `argv` (as of `process.argv`) asks for; what goes wrong is printed, and `process.exitCode` says so. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  guardOutput();
  try {
    const asked = asFlag(argv);
    requireCommand(asked[2]);
    cli.parse(markValues(cli, asked), { run: false });
    unmarkValues(cli.options);
    if (cli.matchedCommand === undefined && cli.options.help !== true && cli.options.version !== true) {
      requireCommand(cli.args[0]);
      cli.globalCommand.checkUnknownOptions();
      cli.outputHelp();
    }
    await cli.runMatchedCommand();
  } catch (error) {
    fail(error);
  }
}

/** `cria help`, `cria help serve` and `cria version`, which many programs have, as `cria --help`, `cria serve --help` and `cria --version`. */
function asFlag(argv: readonly string[]): readonly string[] {
  const [node = "", program = "", first, ...others] = argv;
  if (first === "help") return [node, program, ...others, "--help"];
  return first === "version" ? [node, program, "--version", ...others] : argv;
}

/** Throws `config_invalid` for a word that is no command, with the one that was probably meant. */
function requireCommand(word: string | undefined): void {
  if (word === undefined || word.startsWith("-") || cli.commands.some((command) => command.isMatched(word))) return;
  const meant = nearestWord(
    word,
    cli.commands.flatMap(({ name, aliasNames }) => [name, ...aliasNames]),
  );
  throw new AppError("config_invalid", `There is no command "${word}".`, {
    hint: `${meant === undefined ? "" : `Did you mean cria ${meant}? `}cria --help lists the commands.`,
  });
}

/** What a person reads, or with `--json` one object on standard output, as each command says it. */
function fail(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof Error && error.name === "CACError") {
    const { matchedCommandName: command } = cli;
    const hint =
      command === undefined ? "cria --help lists the commands." : `cria ${command} --help says what it takes.`;
    console.error(`${describeMisuse(error.message, command)}\n${hint}`);
    return;
  }
  const known = AppError.from(error);
  const stopped = known.code === "install_stopped";
  if (stopped) process.exitCode = interruptedStatus;
  if (cli.options.json === true)
    process.stdout.write(`${JSON.stringify(stopped ? { event: "stopped" } : errorEvent(known))}\n`);
  else printError(known);
}
