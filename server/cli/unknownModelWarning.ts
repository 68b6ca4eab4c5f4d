import type { AppError } from "../platform/AppError.js";

/** What a terminal shows of a name that --preload or --pin give and that is not one model's. */
export function unknownModelWarning(name: string, { code, message, hint }: AppError): string {
  if (code !== "model_not_found") return `${name} cannot be loaded at the start. ${message}\n${hint ?? ""}`.trimEnd();
  return [
    `${name} cannot be loaded at the start: no model of that name is installed.`,
    `cria list names those that are, and cria install ${name} gets one that the catalog has.`,
  ].join("\n");
}
