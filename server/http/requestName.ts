import type { Request } from "express";

/** `POST /api/pull`: what was asked for, also inside a router that is mounted below a path; at most 200 characters of it. */
export function requestName({ method, baseUrl, path }: Request): string {
  return `${method} ${`${baseUrl}${path}`.slice(0, 200)}`;
}
