import { CriaError, type GenerationReader } from "../../client/connect.js";

/** So long a server has to take a stop. */
const stopTimeoutMs = 3_000;

/** Stops a reply, with what came. From a server that does not take the stop in time, it ends here alone. */
export function stopReply(reply: GenerationReader): void {
  const unheard = setTimeout(
    () =>
      reply.fail(
        new CriaError({
          code: "connection_lost",
          message: "The server does not answer: its reply may go on there.",
          hint: "cria doctor says whether it runs.",
        }),
      ),
    stopTimeoutMs,
  );
  const taken = () => clearTimeout(unheard);
  // A stop that fails is told by the reply itself.
  reply.stop().then(taken, taken);
  reply.result.then(taken, taken);
}
