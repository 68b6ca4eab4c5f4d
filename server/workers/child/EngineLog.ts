/** Why llama.cpp refused a file is only in its log, so the last complaints are kept for the error message. */
export class EngineLog {
  readonly #lines: string[] = [];

  /** node-llama-cpp's logger. */
  readonly write = (level: string, message: string): void => {
    if (level !== "error" && level !== "fatal" && level !== "warn") return;
    this.#lines.push(message.trim());
    if (this.#lines.length > 20) this.#lines.shift();
  };

  get lastComplaint(): string | undefined {
    return this.#lines.findLast((line) => line !== "" && !line.startsWith("llama_model_load_from_file_impl: failed"));
  }
}
