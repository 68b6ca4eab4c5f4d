import { json, type Request, type RequestHandler, raw } from "express";
import { localOwner } from "../access/Principal.js";
import { KeyedQueue } from "../chat/KeyedQueue.js";
import { readImportZip } from "../chat/readImportZip.js";
import { AppError } from "../platform/AppError.js";
import { principalOf } from "./authorizeRequest.js";
import { checkJsonShape, maxValues, verifyJsonShape } from "./checkJsonShape.js";

/** Exports of whole histories are big, but guests have no claim on that much of the memory. */
const limits = { machineOwner: 256 * 2 ** 20, guest: 32 * 2 ** 20 };

/** What programs call a zip; the second one is what Windows does. */
const zipTypes = ["application/zip", "application/x-zip-compressed"];

const readersOf = (limit: number): { json: RequestHandler; zip: RequestHandler } => ({
  json: json({ limit, strict: false, inflate: false, verify: verifyJsonShape(maxValues.import) }),
  zip: raw({ limit, type: zipTypes, inflate: false }),
});
const readers = { machineOwner: readersOf(limits.machineOwner), guest: readersOf(limits.guest) };

/** To how much a file of chats may come, as it is sent or once it is unpacked. */
export function importLimitBytes(request: Request): number {
  return limits[askerOf(request)];
}

function askerOf(request: Request): keyof typeof limits {
  return principalOf(request).owner === localOwner ? "machineOwner" : "guest";
}

/** Reads a file of chats: JSON, or a zip as it is, which {@link withImportFile} looks into. */
export const readImportBody: RequestHandler = (request, response, next) => {
  const read = readers[askerOf(request)];
  if (request.is(zipTypes)) return read.zip(request, response, (error?: unknown) => next(zipError(error)));
  if (request.is("application/json") === false)
    throw new AppError("unsupported_media_type", "A file of chats is JSON or a zip.", {
      hint: "Send the header Content-Type: application/json or application/zip.",
    });
  return read.json(request, response, next);
};

/** The same as for other bodies, with what helps here. */
function zipError(error: unknown): unknown {
  if (!(error instanceof Error && "type" in error && error.type === "entity.too.large")) return error;
  const limit = "limit" in error && typeof error.limit === "number" ? error.limit : 0;
  return new AppError("body_too_large", `The zip has more than ${limit / 2 ** 20} MB.`, {
    hint: "Unpack the zip and choose the .json file that has the chats.",
    cause: error,
  });
}

/** Of all zips of all askers, one after the other. */
const zips = new KeyedQueue();

/**
 * Gives the parsed file to `use`; `body` is what {@link readImportBody} made of the request. Of a zip, its chats as a list. One zip at a time is unpacked and used: what is a thousand times smaller
 * than what comes out of it can be sent a thousand times at once ([T18]). Throws `bad_request`, `body_too_large` and what `use` does.
 */
export async function withImportFile<T>(
  body: unknown,
  limitBytes: number,
  use: (file: unknown) => T,
): Promise<Awaited<T>> {
  if (!Buffer.isBuffer(body)) return await use(body);
  return await zips.run("zip", async () => {
    const text = await readImportZip(body, limitBytes);
    checkJsonShape(text, maxValues.import);
    return await use(parseFiles(text).flat());
  });
}

function parseFiles(text: Buffer): unknown[] {
  try {
    return JSON.parse(text.toString()) as unknown[];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("bad_request", `The chats in the zip are not valid JSON: ${reason}.`, {
      hint: "Export the chats again.",
      cause: error,
    });
  }
}
