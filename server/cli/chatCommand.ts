import { constants } from "node:os";
import { join } from "node:path";
import type { CAC } from "cac";
import { AppError } from "../platform/AppError.js";
import { readConfig } from "../platform/config.js";
import { makeFolder } from "../platform/makeFolder.js";
import { homePaths } from "../platform/paths.js";
import { type ChatBackend, chooseModel, openBackend } from "./chat/ChatBackend.js";
import { ChatSession } from "./chat/ChatSession.js";
import { InputHistory } from "./chat/InputHistory.js";
import { InteractiveChat } from "./chat/InteractiveChat.js";
import { LineEditor } from "./chat/LineEditor.js";
import { hasPipedInput, readStdin } from "./chat/readStdin.js";
import { runOnce } from "./chat/runOnce.js";
import { addSamplingFlags, readSamplingFlags } from "./chat/samplingFlags.js";
import { terminalStyle } from "./chat/terminalStyle.js";
import { toAppError } from "./chat/toAppError.js";
import { textsOf } from "./typedValues.js";

interface ChatFlags extends Record<string, unknown> {
  raw?: boolean;
  json?: boolean;
  verbose?: boolean;
  url?: unknown;
  local?: boolean;
}

/** `cria chat [model] [prompt]`, also `cria run`: a talk at the terminal, or one answer for a script. */
export function registerChat(cli: CAC): void {
  const command = cli
    .command("chat [model] [...prompt]", "Talk to a model in the terminal (also: cria run)")
    .alias("run")
    .option("-p, --prompt <text>", "Answer this and end; what is piped in comes after it")
    .option("--system <text>", "Instructions that come before the chat")
    .option("--raw", "Continue the text as it stands, as a plain LLaMA does")
    .option("--json", "Print {model, text, stopReason, stats} instead of the text")
    .option("--verbose", "Show figures after every reply")
    .option("--url <address>", "Use the server at this address (one on this machine is found by itself)")
    .option("--token <token>", "For a server that asks for one; better in CRIA_TOKEN, where nobody else sees it")
    .option("--local", "Load the model in this process even if a server runs")
    .option("--home <folder>", "Where models are kept (~/.cria)")
    .option("--port <number>", "Port of the server on this machine (that of the home's server, or 3000)")
    .option("--threads <number>", "The most threads that the model may use (as many as are free)")
    .option("--context <tokens>", "The most context that the model gets (8192)")
    .option("--gpu <auto|off>", "Use a GPU if there is one (auto)")
    .option("--log <level>", "silent, error, warn, info or debug (silent)")
    .example('cria chat alpaca.7B -p "Name three rivers."')
    .example('cat letter.txt | cria chat -p "Summarise this:"');
  addSamplingFlags(command).action(chat);
}

async function chat(model: string | undefined, words: readonly string[], flags: ChatFlags): Promise<void> {
  try {
    if (words.length > 0 && flags.prompt !== undefined)
      throw new AppError("config_invalid", "There are two prompts.", {
        hint: "Leave one out, that of -p or the other.",
      });
    await answerOrTalk(model, words.length > 0 ? { ...flags, prompt: words.join(" ") } : flags);
  } catch (error) {
    if (flags.json !== true) throw error;
    console.log(JSON.stringify({ error: toAppError(error).toInfo() }));
    process.exitCode = 1;
  }
}

async function answerOrTalk(model: string | undefined, flags: ChatFlags): Promise<void> {
  const config = readConfig({
    port: flags.port,
    token: textsOf(flags.token).at(-1),
    homePath: flags.home,
    logLevel: flags.log ?? "silent",
    maxThreads: flags.threads,
    gpu: flags.gpu,
    contextTokens: flags.context,
  });
  const sampling = readSamplingFlags(flags);
  const prompt = await readPrompt(flags);
  const backend = await openBackend(
    { config, url: flags.url === undefined ? undefined : String(flags.url), local: flags.local === true },
    console.error,
  ).catch((error: unknown) => {
    throw toAppError(error);
  });
  try {
    const { id: modelId } = await chooseModel(backend, model === undefined ? undefined : String(model));
    const system = textsOf(flags.system).at(-1);
    const session = new ChatSession({ modelId, system, sampling });
    const raw = flags.raw === true;
    if (prompt === undefined) await talk(backend, session, config.homePath, { raw, verbose: flags.verbose === true });
    else await runOnce(backend, session, { prompt, raw, json: flags.json === true });
  } finally {
    await backend.close();
    // A server that hangs does not say goodbye, and its socket would keep this program for half a minute.
    setTimeout(() => process.exit(), 1_000).unref();
  }
}

/** The one prompt to answer, or `undefined` to talk at the terminal. Throws `config_invalid`. */
async function readPrompt(flags: ChatFlags): Promise<string | undefined> {
  const given = textsOf(flags.prompt).at(-1);
  if (given !== undefined) {
    const piped = hasPipedInput() ? await readStdin() : "";
    return piped === "" ? given : `${given}\n\n${piped}`;
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) return readStdin();
  if (flags.json === true)
    throw new AppError("config_invalid", "--json answers one prompt.", { hint: 'Add -p "…", or pipe the prompt in.' });
  return undefined;
}

async function talk(
  backend: ChatBackend,
  session: ChatSession,
  homePath: string,
  options: { raw: boolean; verbose: boolean },
): Promise<void> {
  const { stdin, stdout } = process;
  const paths = homePaths(homePath);
  // A home that can only be read costs the history of what was typed, not the talk.
  await makeFolder(paths.home).catch(() => {});
  const editor = new LineEditor(stdin, stdout, await InputHistory.open(join(paths.home, "chat-history")));
  // Whoever ends the program from elsewhere shall find the terminal as it was; workers go with their parent.
  const ended = (signal: NodeJS.Signals) => {
    editor.close();
    process.exit(128 + constants.signals[signal]);
  };
  process.once("SIGTERM", ended);
  process.once("SIGHUP", ended);
  try {
    await new InteractiveChat(
      { backend, session, editor, output: stdout, style: terminalStyle(stdout) },
      options,
    ).run();
  } finally {
    process.off("SIGTERM", ended);
    process.off("SIGHUP", ended);
    editor.close();
  }
}
