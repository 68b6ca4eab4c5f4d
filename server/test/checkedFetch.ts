import type { z } from "zod";
import { operations } from "../http/docs/operations.js";

/** A fetch that checks every answer, and every piece of a stream, against the schemas that the OpenAPI description is made of. */
export async function checkedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const method = (init?.method ?? "GET").toLowerCase();
  const operation = operations.find(
    (one) => one.method === method && new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname),
  );
  if (operation === undefined) throw new Error(`${method} ${pathname} is not described`);
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/json"))
    check(response.ok ? operation.response.schema : operation.error.schema, await response.clone().json());
  else {
    const piece = operation.stream?.piece.schema;
    if (piece === undefined || !type.startsWith(operation.stream?.contentType ?? "?"))
      throw new Error(`${method} ${pathname} answered ${type}`);
    return new Response(response.body?.pipeThrough(checkLines(piece, operation.error.schema)) ?? null, response);
  }
  return response;
}

function check(schema: z.ZodType, value: unknown): void {
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new Error(
      `not as described: ${JSON.stringify(parsed.error.issues)}\n${JSON.stringify(value)?.slice(0, 2000)}`,
    );
}

/** Passes everything on as it is; a line of JSON that is not as described breaks the stream. */
function checkLines(piece: z.ZodType, error: z.ZodType): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let held = "";
  return new TransformStream({
    transform(chunk, controller) {
      held += decoder.decode(chunk, { stream: true });
      const lines = held.split("\n");
      held = lines.pop() ?? "";
      for (const line of lines) {
        const json = line.replace(/^data: /, "");
        if (!json.startsWith("{")) continue;
        const value: unknown = JSON.parse(json);
        check(typeof value === "object" && value !== null && "error" in value ? error : piece, value);
      }
      controller.enqueue(chunk);
    },
  });
}
