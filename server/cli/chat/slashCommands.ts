import { join, resolve } from "node:path";
import { AppError } from "../../platform/AppError.js";
import { expandTilde } from "../../platform/expandTilde.js";
import { type ChatBackend, chooseModel } from "./ChatBackend.js";
import type { ChatSession } from "./ChatSession.js";
import { setParameter } from "./samplingFlags.js";
import { saveNewFile } from "./saveNewFile.js";

/** What a command leads to: something to show, a message to answer, or the end. */
export type CommandResult = { show: string } | { ask: string } | { leave: true };

interface SlashCommand {
  names: readonly string[];
  usage: string;
  help: string;
  run(argument: string, session: ChatSession, backend: ChatBackend): Promise<CommandResult> | CommandResult;
}

const commands: readonly SlashCommand[] = [
  {
    names: ["/model", "/models"],
    usage: "/model [name]",
    help: "Show the models, or go on with another one",
    run: async (argument, session, backend) => {
      if (argument !== "") {
        session.modelId = (await chooseModel(backend, argument)).id;
        return { show: `${session.modelId} answers from here on.` };
      }
      const rows = (await backend.models()).map(({ id, name, status }) => {
        const state = status.state === "ready" ? ", in memory" : "";
        return `${id === session.modelId ? "*" : " "} ${id}  ${name}${state}`;
      });
      return { show: rows.join("\n") };
    },
  },
  {
    names: ["/system"],
    usage: "/system [text|none]",
    help: "Show, set or remove the instructions that come before the chat",
    run: (argument, session) => {
      if (argument !== "") session.system = argument === "none" ? undefined : argument;
      return { show: session.system ?? "No instructions of your own." };
    },
  },
  {
    names: ["/set"],
    usage: "/set [name value]",
    help: "Show or set a sampling parameter, as /set temperature 0.2",
    run: (argument, session) => {
      const [name = "", ...rest] = argument.split(/\s+/);
      if (name !== "") session.sampling = setParameter(session.sampling, name, rest.join(" "));
      const set = Object.entries(session.sampling).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
      return { show: set.length === 0 ? "All as the model has them." : set.join("\n") };
    },
  },
  {
    names: ["/new", "/clear"],
    usage: "/new",
    help: "Start a new chat",
    run: (_, session) => {
      session.clear();
      return { show: "A new chat." };
    },
  },
  {
    names: ["/again"],
    usage: "/again",
    help: "Answer the last message once more",
    run: (_, session) => {
      const question = session.takeBack();
      return question === undefined ? { show: "There is nothing to answer again." } : { ask: question };
    },
  },
  {
    names: ["/save"],
    usage: "/save [file]",
    help: "Write the chat to a file: .json for programs, anything else as Markdown",
    run: async (argument, session) => {
      if (session.turns.length === 0) return { show: "There is nothing to save yet." };
      const name = argument === "" ? `cria-chat-${timestamp()}.md` : expandTilde(argument);
      const path = resolve(name.endsWith("/") ? join(name, `cria-chat-${timestamp()}.md`) : name);
      await saveNewFile(path, session.export(path.endsWith(".json") ? "json" : "markdown"));
      return { show: `Saved to ${path}` };
    },
  },
  {
    names: ["/help", "/?"],
    usage: "/help",
    help: "Show this",
    run: () => ({ show: help() }),
  },
  {
    names: ["/bye", "/exit", "/quit"],
    usage: "/bye",
    help: "Leave",
    run: () => ({ leave: true }),
  },
];

/** Runs what begins with a slash. Throws `bad_request` for a command that there is not. */
export function runSlashCommand(
  text: string,
  session: ChatSession,
  backend: ChatBackend,
): Promise<CommandResult> | CommandResult {
  const [, name = "", argument = ""] = /^(\S+)\s*(.*)$/s.exec(text.trim()) ?? [];
  const command = commands.find(({ names }) => names.includes(name.toLowerCase()));
  if (command === undefined)
    throw new AppError("bad_request", `There is no command ${name}.`, {
      hint: "/help lists them. To send a message that begins with a slash, put a space before it.",
    });
  return command.run(argument.trim(), session, backend);
}

function help(): string {
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  return [
    ...commands.map((command) => `${command.usage.padEnd(width)}  ${command.help}`),
    "",
    '"""                  begins and ends a message of several lines; a \\ at a line\'s end does it for one',
    "Ctrl-C               stops the reply; once more leaves. Ctrl-D leaves.",
  ].join("\n");
}

function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}
