import { randomBytes } from "node:crypto";

/** A URL-safe id of 128 random bits: whoever does not know it cannot guess it. */
export function randomId(): string {
  return randomBytes(16).toString("base64url");
}
