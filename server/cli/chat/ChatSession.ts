import type { ChatTurn } from "../../protocol/events.js";
import type { Sampling } from "../../protocol/sampling.js";

/** One talk in the terminal: what was said, by whom, and how the next reply is made. Nothing of it is stored unless it is saved. */
export class ChatSession {
  modelId: string;
  system: string | undefined;
  sampling: Sampling;
  #turns: ChatTurn[] = [];

  constructor(options: { modelId: string; system?: string | undefined; sampling: Sampling }) {
    this.modelId = options.modelId;
    this.system = options.system;
    this.sampling = options.sampling;
  }

  get turns(): readonly ChatTurn[] {
    return this.#turns;
  }

  /** What the model gets for `text`: the instructions, what was said, and the text. */
  messagesFor(text: string): ChatTurn[] {
    const system: ChatTurn[] = this.system === undefined ? [] : [{ role: "system", content: this.system }];
    return [...system, ...this.#turns, { role: "user", content: text }];
  }

  /** Keeps a round; a reply that brought nothing is not kept, so that asking again starts where it did. */
  add(text: string, reply: string): void {
    if (reply.trim() === "") return;
    this.#turns.push({ role: "user", content: text }, { role: "assistant", content: reply });
  }

  /** Takes the last round back and gives its question, or `undefined` when there is none. */
  takeBack(): string | undefined {
    const [question] = this.#turns.splice(-2, 2);
    return question?.content;
  }

  clear(): void {
    this.#turns = [];
  }

  /** The talk as a text to read, or as JSON with everything that made it. */
  export(format: "markdown" | "json"): string {
    if (format === "json") {
      const { modelId, system, sampling } = this;
      return `${JSON.stringify({ modelId, ...(system === undefined ? {} : { system }), sampling, messages: this.#turns }, null, 2)}\n`;
    }
    const blocks = [`# Chat with ${this.modelId}`];
    if (this.system !== undefined) blocks.push(`> ${this.system.replaceAll("\n", "\n> ")}`);
    for (const turn of this.#turns) blocks.push(`## ${turn.role === "user" ? "You" : "Reply"}`, turn.content.trim());
    return `${blocks.join("\n\n")}\n`;
  }
}
