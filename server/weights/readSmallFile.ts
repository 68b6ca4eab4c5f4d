import { AppError } from "../platform/AppError.js";
import type { CheckpointFiles } from "./CheckpointFiles.js";

/** The whole file, at most `maxBytes` long. Throws `checkpoint_invalid`, `weights_unreadable`. */
export async function readSmallFile(files: CheckpointFiles, name: string, maxBytes: number): Promise<Uint8Array> {
  const file = await files.open(name);
  try {
    if (file.sizeBytes > maxBytes)
      throw new AppError(
        "checkpoint_invalid",
        `"${name}" has ${file.sizeBytes} bytes; at most ${maxBytes} make sense.`,
        {
          hint: "Is this really the checkpoint's file? Download it again.",
        },
      );
    return await file.read(0, file.sizeBytes);
  } finally {
    await file.close();
  }
}

/** 10 MB of JSON is 30 times the largest index or configuration in the wild; tokenizers have their own limit. */
const jsonBytesMax = 10 * 2 ** 20;

/** The file's JSON object. Throws `checkpoint_invalid`, `weights_unreadable`. */
export async function readJsonObject(
  files: CheckpointFiles,
  name: string,
  maxBytes = jsonBytesMax,
): Promise<Record<string, unknown>> {
  const text = new TextDecoder().decode(await readSmallFile(files, name, maxBytes));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError("checkpoint_invalid", `"${name}" is not valid JSON.`, {
      hint: "The file is damaged or was cut off: download it again.",
      cause: error,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new AppError("checkpoint_invalid", `"${name}" is not a JSON object.`, {
      hint: "The file is damaged: download it again.",
    });
  return value as Record<string, unknown>;
}
