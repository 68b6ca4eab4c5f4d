import type { Request } from "express";
import { z } from "zod";
import { localOwner } from "../../access/Principal.js";
import type { ApiServices } from "../ApiServices.js";
import { principalOf } from "../authorizeRequest.js";

/** Of Go's durations. Source: the Go standard library, time.ParseDuration. Microseconds have three spellings. */
const unitMs = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["\u00b5s", 1e-3],
  ["\u03bcs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
const durationPattern = /^[-+]?(?:(?:(?:\d+\.?\d*|\.\d+)(?:[nu\u00b5\u03bcm]?s|m|h))+|0)$/;
/** What Go's durations can hold, 292 years: more is for good. */
const mostMs = 2 ** 63 / 1e6;

/** `keep_alive` as Ollama takes it: seconds, or a duration of Go's. */
export const keepAliveSchema = z
  .union([z.number(), z.string().max(100)])
  .refine((value) => typeof value === "number" || durationPattern.test(value), {
    error: 'write a number of seconds, or a duration with its unit such as "5m" or "1h30m"; one below 0 has no end',
  })
  .nullish()
  .describe("How long the model may be idle in memory: seconds, or 5m, 1h30m; 0: it leaves, below 0: no end");

type KeepAlive = z.infer<typeof keepAliveSchema>;

/** What a `keep_alive` that {@link keepAliveSchema} lets through says, in ms; Infinity: no end. Ollama takes a time below 0 for that. */
export function keepAliveMs(value: number | string): number {
  const wantedMs = typeof value === "number" ? value * 1000 : durationMs(value);
  return wantedMs < 0 || wantedMs >= mostMs ? Number.POSITIVE_INFINITY : wantedMs;
}

function durationMs(text: string): number {
  const parts = [...text.matchAll(/([\d.]+)([^\d.]+)/g)];
  const ms = parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (unitMs.get(unit) ?? 0), 0);
  return text.startsWith("-") ? -ms : ms;
}

/** Whether the model is to leave the memory as soon as nothing is asked of it. */
export function isUnload(keepAlive: KeepAlive): boolean {
  return keepAlive !== undefined && keepAlive !== null && keepAliveMs(keepAlive) === 0;
}

/**
 * Does what a request's `keep_alive` says, once the request is served. It is a wish for idle time and no pin: a model whose place
 * another needs leaves all the same. What a guest says of the memory is passed over: the model is everybody's ([T22]). So is it for a
 * model of another server, which is held there.
 */
export async function applyKeepAlive(
  { pool, generations, registry }: ApiServices,
  request: Request,
  modelId: string,
  keepAlive: KeepAlive,
): Promise<void> {
  if (keepAlive === undefined || keepAlive === null || principalOf(request).owner !== localOwner) return;
  const model = registry.find(modelId);
  if (model === undefined || "engine" in model) return;
  pool.keepAlive(modelId, keepAliveMs(keepAlive));
  // Others who are being answered keep the model until they are.
  if (isUnload(keepAlive) && !generations.isNeeded(modelId)) await pool.unload(modelId);
}
