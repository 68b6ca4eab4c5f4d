import { AppError } from "../../platform/AppError.js";
import { interruptedStatus, printError } from "../printError.js";
import type { ChatBackend } from "./ChatBackend.js";
import type { ChatSession } from "./ChatSession.js";
import { stopReply } from "./stopReply.js";
import { toAppError } from "./toAppError.js";

export interface OnceOptions {
  prompt: string;
  /** Continue the prompt as it stands instead of answering it. */
  raw: boolean;
  /** One JSON object instead of the text. */
  json: boolean;
}

/** Answers one prompt on standard output: the text as it comes, or `{model, text, stopReason, stats}`. Ctrl-C stops it and keeps what came. */
export async function runOnce(backend: ChatBackend, session: ChatSession, options: OnceOptions): Promise<void> {
  const { prompt, raw, json } = options;
  const { modelId, sampling } = session;
  if (prompt.trim() === "")
    throw new AppError("bad_request", "There is nothing to answer.", { hint: 'Give a prompt: cria chat -p "Hello"' });
  const input = raw ? { prompt } : { messages: session.messagesFor(prompt) };
  const reply = backend.generate({ modelId, input, sampling });
  const leave = () => stopReply(reply);
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    leave();
  };
  process.once("SIGINT", interrupt);
  // Whoever reads the pipe has gone (`| head`): nobody wants the rest.
  process.stdout.on("error", leave);
  let text = "";
  try {
    for await (const piece of reply) {
      text += piece;
      if (!json && !(await write(piece))) break;
    }
    const { stopReason, stats } = await reply.result;
    if (json)
      await write(
        `${JSON.stringify({ model: modelId, text, stopReason, ...(stats === undefined ? {} : { stats }) })}\n`,
      );
    else if (!text.endsWith("\n")) await write("\n");
  } catch (error) {
    // So that what went wrong has a line of its own.
    if (!json && text !== "" && !text.endsWith("\n")) await write("\n");
    if (!interrupted) throw toAppError(error);
    printError(toAppError(error));
  } finally {
    process.off("SIGINT", interrupt);
  }
  if (interrupted) process.exitCode = interruptedStatus;
}

/** Writes at the pace of whoever reads. False: nobody does any more. */
function write(text: string): Promise<boolean> {
  return new Promise((resolve) =>
    process.stdout.write(text, (error) => resolve(error === null || error === undefined)),
  );
}
