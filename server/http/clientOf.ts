import type { Request } from "express";
import { principalOf } from "./authorizeRequest.js";

/** Whom a request counts for when generations wait for their turn: a person's token and the program that uses it. */
export function clientOf(request: Request): string {
  return `http ${principalOf(request).id} ${request.get("user-agent") ?? ""}`.slice(0, 200);
}
