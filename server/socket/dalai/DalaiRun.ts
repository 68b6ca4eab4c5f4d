import type { Principal } from "../../access/Principal.js";
import type { Generation } from "../../chat/Generation.js";
import type { GenerationService } from "../../chat/GenerationService.js";
import type { ModelRegistry } from "../../models/ModelRegistry.js";
import { AppError } from "../../platform/AppError.js";
import { dalaiEndMarker } from "../../protocol/dalai.js";
import type { GenerationEvent } from "../../protocol/generation.js";
import { chooseModel, engineFamily } from "./chooseModel.js";
import { describeEvent, describeStart } from "./describeRun.js";
import { htmlEncode } from "./htmlEncode.js";
import { type DalaiRequest, maxPromptLength } from "./parseDalaiRequest.js";

export interface DalaiServices {
  registry: ModelRegistry;
  generations: GenerationService;
}

/** Where the pieces of one answer go. */
export interface DalaiSink {
  /** Whose answer it is. */
  by: Principal;
  /** Whose turn it is when requests wait: one client's requests share its turns. */
  client?: string;
  send(piece: string): void;
  /** False while the connection still writes the last packet: pieces are gathered then. */
  writable(): boolean;
  /** Nothing more will be sent. */
  ended(): void;
}

/** How often a busy connection is looked at again: less than the eye sees. */
const gatherMs = 16;

/**
 * The answer to one request in Dalai's way: a harmless first piece (its page shows that one as HTML), the prompt as it was sent,
 * what the model makes of it, and the end marker, which comes after errors as well.
 */
export class DalaiRun {
  readonly #request: DalaiRequest;
  readonly #services: DalaiServices;
  readonly #sink: DalaiSink;
  #generation: Generation | undefined;
  #unsubscribe = () => {};
  #timer: NodeJS.Timeout | undefined;
  #cursor = 0;
  /** Length of the model's text that was sent, in UTF-16 units. */
  #sentLength = 0;
  #over = false;

  constructor(request: DalaiRequest, services: DalaiServices, sink: DalaiSink) {
    this.#request = request;
    this.#services = services;
    this.#sink = sink;
  }

  /** Sends the beginning and starts the generation; whatever goes wrong is told in the answer. */
  start(): void {
    if (this.#request.installed) {
      // Names are no text of the model's: they go out as they are, each in a piece of its own.
      for (const model of this.#services.registry.list()) this.#sink.send(model.id);
      this.#end();
      return;
    }
    this.#send("\r\n");
    try {
      this.#begin();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Answers with a reason instead of a reply. */
  refuse(reason: string): void {
    this.#send("\r\n");
    this.#fail(new AppError("queue_full", reason, { hint: "Wait for one to end, or send /stop." }));
  }

  /** Ends the answer at once, with its end marker; what the model still makes is not sent. */
  stop(): void {
    if (this.#over) return;
    this.#end();
    this.#generation?.stop();
  }

  /** The reader is gone, and nobody can come back for this answer: stops the generation and sends nothing more. */
  abandon(): void {
    if (this.#over) return;
    this.#close();
    this.#generation?.stop();
  }

  #begin(): void {
    const { prompt, model: wanted, models, debug, sampling } = this.#request;
    const { registry, generations } = this.#services;
    if (prompt === "")
      throw new AppError("bad_request", "The request has no prompt.", { hint: 'Send {"prompt": "some text"}.' });
    if (prompt.length > maxPromptLength)
      throw new AppError("bad_request", `The prompt is ${prompt.length} characters long.`, {
        hint: `At most ${maxPromptLength} are taken.`,
      });
    const choice = chooseModel(registry.list(), wanted, models);
    if (choice === undefined) throw noModel(wanted);
    const { model, instead } = choice;
    if (instead !== undefined) this.#send(`(${instead} is not installed: ${model.id} answers.)\r\n`);
    const parameters = sampling(engineFamily(model));
    if (debug) this.#send(describeStart(model, parameters));
    this.#send(prompt);
    this.#generation = generations.start({
      by: this.#sink.by,
      modelId: model.id,
      input: { text: prompt },
      sampling: parameters,
      client: this.#sink.client,
    });
    this.#unsubscribe = this.#generation.log.subscribe(() => this.#wake());
    this.#wake();
  }

  #wake(): void {
    if (this.#timer !== undefined || this.#over) return;
    if (this.#sink.writable()) this.#flush();
    else
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#wake();
      }, gatherMs);
  }

  /** Sends everything after the cursor, neighbouring text as one piece. */
  #flush(): void {
    const events = this.#generation?.log.read(this.#cursor) ?? [];
    this.#cursor = events.at(-1)?.seq ?? this.#cursor;
    let text = "";
    for (const event of events) {
      if (event.type === "text" || event.type === "snapshot") {
        // A snapshot has the whole text again: a connection that was busy for long gets what it has not got.
        const fresh = event.type === "text" ? event.text : event.text.slice(this.#sentLength);
        this.#sentLength += fresh.length;
        text += fresh;
      } else if (this.#request.debug || event.type === "end") {
        this.#send(text);
        text = "";
        this.#sendEvent(event);
      }
    }
    this.#send(text);
  }

  #sendEvent(event: GenerationEvent): void {
    if (this.#request.debug) this.#send(describeEvent(event));
    if (event.type !== "end") return;
    if (event.error === undefined) this.#end();
    else this.#fail(AppError.fromInfo(event.error));
  }

  #fail(error: unknown): void {
    const known = AppError.from(error);
    this.#send(`\r\n${known.message}${known.hint === undefined ? "" : ` ${known.hint}`}`);
    this.#end();
  }

  /** Sends text of a prompt, a model or an error. A piece that a client would take for the end marker goes out in two. */
  #send(text: string): void {
    if (text === "" || this.#over) return;
    if (this.#request.html) this.#sink.send(htmlEncode(text));
    else if (text.trim() === dalaiEndMarker.trim()) {
      const middle = text.indexOf("<") + 1;
      this.#sink.send(text.slice(0, middle));
      this.#sink.send(text.slice(middle));
    } else this.#sink.send(text);
  }

  #end(): void {
    if (this.#over) return;
    if (!this.#request.skipEnd || this.#request.installed) this.#sink.send(dalaiEndMarker);
    this.#close();
  }

  #close(): void {
    this.#over = true;
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sink.ended();
  }
}

function noModel(wanted: string | undefined): AppError {
  const [family, name] = wanted?.includes(".") ? wanted.split(/\.(.*)/s) : ["llama", wanted ?? "7B"];
  return new AppError("model_not_found", "No model is installed.", {
    hint: `Install it first: cria ${family} install ${name}`,
  });
}
