import type { z } from "zod";
import { requireMachineOwner } from "../access/Principal.js";
import { AppError } from "../platform/AppError.js";
import type { Logger } from "../platform/logger.js";
import { type RequestName, requestSchemas } from "../protocol/events.js";
import type { Result } from "../protocol/result.js";
import type { Client, Handlers } from "./Handlers.js";

/** Turns the first thing that a schema complains of into an error that names the field. */
export function badRequest(error: z.ZodError): AppError {
  const issue = error.issues[0];
  const field = issue?.path.join(".") ?? "";
  return new AppError(
    "bad_request",
    field === "" ? `The request is wrong: ${issue?.message}.` : `"${field}" is wrong: ${issue?.message}.`,
    {
      hint: "docs/protocol.md lists what each request takes.",
      ...(field === "" ? {} : { field }),
    },
  );
}

/** Requests that change what is everybody's. */
const machineOwnersRequests: ReadonlySet<RequestName> = new Set([
  "model:remove",
  "install:start",
  "install:pause",
  "install:cancel",
  "template:save",
  "template:delete",
] satisfies RequestName[]);

/**
 * The one way from a packet to a handler: parse, run, acknowledge exactly once. It is the only catch of the socket floor.
 * A packet without an acknowledgement callback is served all the same; its answer goes nowhere.
 */
export async function handleRequest(
  handlers: Handlers,
  client: Client,
  name: string,
  args: readonly unknown[],
  logger: Logger,
): Promise<void> {
  const last = args.at(-1);
  const acknowledge = typeof last === "function" ? (result: Result<unknown>) => last(result) : () => {};
  try {
    if (!Object.hasOwn(requestSchemas, name))
      throw new AppError("bad_request", `There is no request called "${name.slice(0, 60)}".`, {
        hint: "docs/protocol.md lists the requests.",
      });
    const known = name as RequestName;
    if (machineOwnersRequests.has(known)) requireMachineOwner(client.principal);
    const payload = typeof args[0] === "function" ? {} : (args[0] ?? {});
    const parsed = requestSchemas[known].safeParse(payload);
    if (!parsed.success) throw badRequest(parsed.error);
    // The schema of `known` has just checked the payload, which the type system cannot follow through the union.
    const handler = handlers[known] as (request: unknown, client: Client) => unknown;
    acknowledge({ ok: true, data: await handler(parsed.data, client) });
  } catch (error) {
    const known = AppError.from(error);
    if (known.code === "internal")
      logger.error(
        {
          request: name,
          error: String(known.cause),
          stack: known.cause instanceof Error ? known.cause.stack : undefined,
        },
        "a request failed",
      );
    acknowledge({ ok: false, error: known.toInfo() });
  }
}
