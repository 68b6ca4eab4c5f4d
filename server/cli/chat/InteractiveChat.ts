import type { Writable } from "node:stream";
import type { Phase } from "../../protocol/generation.js";
import type { ChatBackend } from "./ChatBackend.js";
import type { ChatSession } from "./ChatSession.js";
import type { LineEditor } from "./LineEditor.js";
import { runSlashCommand } from "./slashCommands.js";
import { stopReply } from "./stopReply.js";
import type { TerminalStyle } from "./terminalStyle.js";
import { toAppError } from "./toAppError.js";

export interface InteractiveOptions {
  /** Every message is a text to continue as it stands. */
  raw: boolean;
  /** Figures after every reply. */
  verbose: boolean;
}

const clearLine = "\r\u{1b}[K";

/** The talk at the terminal, until Ctrl-D, /bye, or Ctrl-C twice. */
export class InteractiveChat {
  readonly #backend: ChatBackend;
  readonly #session: ChatSession;
  readonly #editor: LineEditor;
  readonly #output: Writable;
  readonly #style: TerminalStyle;
  readonly #options: InteractiveOptions;

  constructor(
    parts: {
      backend: ChatBackend;
      session: ChatSession;
      editor: LineEditor;
      output: Writable;
      style: TerminalStyle;
    },
    options: InteractiveOptions,
  ) {
    this.#backend = parts.backend;
    this.#session = parts.session;
    this.#editor = parts.editor;
    this.#output = parts.output;
    this.#style = parts.style;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { bold, dim, prompt } = this.#style;
    this.#line(
      `${bold(this.#session.modelId)} ${dim(`(${this.#backend.where}) /help lists the commands, Ctrl-D leaves`)}`,
    );
    let armed = false;
    for (;;) {
      const entry = await this.#editor.read(prompt(">>> "), dim("... "));
      if (entry.type === "end") {
        this.#line("");
        return;
      }
      if (entry.type === "interrupt") {
        if (armed && entry.empty) return;
        armed = entry.empty;
        if (armed) this.#line(dim("Ctrl-C once more, Ctrl-D or /bye leaves."));
        continue;
      }
      const { text } = entry;
      if (text.trim() === "") continue;
      const outcome = text.startsWith("/") ? await this.#command(text) : await this.#answer(text);
      if (outcome === "leave") return;
      armed = outcome === "stopped";
    }
  }

  async #command(text: string): Promise<"leave" | "stopped" | "done"> {
    try {
      const result = await runSlashCommand(text, this.#session, this.#backend);
      if ("leave" in result) return "leave";
      if ("ask" in result) return await this.#answer(result.ask);
      this.#line(this.#style.dim(result.show));
    } catch (error) {
      this.#error(error);
    }
    return "done";
  }

  /** Ctrl-C stops the reply; once more, before the next message, leaves. */
  async #answer(text: string): Promise<"leave" | "stopped" | "done"> {
    const { modelId, sampling } = this.#session;
    const { raw, verbose } = this.#options;
    const status = new StatusLine(this.#output, this.#style);
    const reply = this.#backend.generate({
      modelId,
      input: raw ? { prompt: text } : { messages: this.#session.messagesFor(text) },
      sampling,
      onPhase: (phase) => status.show(phase),
    });
    let interrupts = 0;
    this.#editor.watch(() => {
      interrupts++;
      stopReply(reply);
    });
    try {
      for await (const piece of reply) {
        status.clear();
        this.#output.write(piece);
      }
      status.clear();
      const { stopReason, stats } = await reply.result;
      if (!reply.text.endsWith("\n")) this.#line("");
      const notes: string[] = [];
      if (stopReason === "stopped") notes.push("stopped");
      else if (stopReason === "length") notes.push("ended by max-tokens");
      else if (stopReason === "context") notes.push("the context is full: /new starts again");
      if (verbose && stats !== undefined)
        notes.push(
          `${stats.generatedTokens} tokens`,
          `${stats.tokensPerSecond.toFixed(1)} per second`,
          `first after ${(stats.ttftMs / 1000).toFixed(2)} s`,
          `context ${stats.promptTokens + stats.generatedTokens} of ${stats.contextTokens}`,
          `seed ${stats.seed}`,
        );
      if (notes.length > 0) this.#line(this.#style.dim(`[${notes.join(", ")}]`));
    } catch (error) {
      status.clear();
      if (reply.text !== "") this.#line("");
      this.#error(error);
    }
    if (!raw) this.#session.add(text, reply.text);
    this.#line("");
    if (interrupts > 1) return "leave";
    return interrupts === 1 ? "stopped" : "done";
  }

  #error(error: unknown): void {
    const { message, hint } = toAppError(error);
    this.#line(this.#style.error(message));
    if (hint !== undefined) this.#line(this.#style.dim(hint));
  }

  #line(text: string): void {
    this.#output.write(`${text}\n`);
  }
}

/** One line that says what happens before the first token, and goes away with it. */
class StatusLine {
  readonly #output: Writable;
  readonly #style: TerminalStyle;
  #shown = "";

  constructor(output: Writable, style: TerminalStyle) {
    this.#output = output;
    this.#style = style;
  }

  show(phase: Phase): void {
    const text = describePhase(phase);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#output.write(`${clearLine}${this.#style.dim(text)}`);
  }

  clear(): void {
    if (this.#shown !== "") this.#output.write(clearLine);
    this.#shown = "";
  }
}

function describePhase(phase: Phase): string {
  switch (phase.phase) {
    case "queued":
      return `waiting, place ${phase.position} in the queue`;
    case "loading":
      return `loading the model, ${Math.round(phase.progress * 100)} %`;
    case "summarising":
      return `summarising what came before, ${phase.tokenCount} tokens`;
    case "reading":
      return `reading, ${phase.evaluatedTokens} of ${phase.promptTokens} tokens`;
    default:
      return "";
  }
}
