import type { Logger } from "../../platform/logger.js";
import { principalOf } from "../admitSockets.js";
import type { CriaSocket } from "../Handlers.js";
import { DalaiRun, type DalaiServices } from "./DalaiRun.js";
import { parseDalaiRequest } from "./parseDalaiRequest.js";

/** Answers that one socket may have under way: Dalai's clients have one, a program may have some. */
const maxRunsPerSocket = 64;

/**
 * Dalai's protocol on a socket of ours. It has one event from the client, `request`, which answers nothing by acknowledgement:
 * what there is to say goes out as `result` and `response`, to the socket that asked and no other. No event called `error` is ever
 * sent, because Dalai's npm client ends its process on one.
 */
export class DalaiProtocol {
  readonly #services: DalaiServices;
  readonly #logger: Logger;
  readonly #runs = new WeakMap<CriaSocket, Set<DalaiRun>>();

  constructor(services: DalaiServices, logger: Logger) {
    this.#services = services;
    this.#logger = logger;
  }

  /** The one way in. Never throws, whatever the payload is. */
  receive(socket: CriaSocket, args: readonly unknown[]): void {
    const acknowledge = args.at(-1);
    const request = parseDalaiRequest(typeof args[0] === "function" ? undefined : args[0]);
    try {
      // Dalai's own clients never ask for one; a client of ours that does shall not wait for ever.
      if (typeof acknowledge === "function") acknowledge({ ok: true, data: {} });
      const runs = this.#runsOf(socket);
      if (request.prompt === "/stop" && !request.installed) {
        for (const run of [...runs]) run.stop();
        return;
      }
      const run = new DalaiRun(request, this.#services, {
        by: principalOf(socket),
        client: socket.id,
        send: (piece) => {
          socket.emit("result", { response: piece, request: request.echo });
          socket.emit("response", piece);
        },
        writable: () => socket.conn.transport.writable,
        ended: () => runs.delete(run),
      });
      if (runs.size >= maxRunsPerSocket) {
        run.refuse(`One connection has at most ${maxRunsPerSocket} answers under way.`);
        return;
      }
      runs.add(run);
      run.start();
    } catch (error) {
      this.#logger.error({ error: String(error) }, "a request of a Dalai client failed");
    }
  }

  #runsOf(socket: CriaSocket): Set<DalaiRun> {
    const known = this.#runs.get(socket);
    if (known !== undefined) return known;
    const runs = new Set<DalaiRun>();
    this.#runs.set(socket, runs);
    socket.once("disconnect", () => {
      for (const run of [...runs]) run.abandon();
    });
    return runs;
  }
}
