import type { Db } from "./openDatabase.js";

/** What is asked of a prepared statement; parameters are bound in their order. */
interface Statement {
  run(...parameters: unknown[]): unknown;
  get(...parameters: unknown[]): unknown;
  all(...parameters: unknown[]): unknown[];
}

/** Statements by the names of their texts. */
export type Prepared<Texts> = { readonly [Name in keyof Texts]: Statement };

/** Prepares every statement once, so that a mistake in one is found at the start and none is parsed twice. */
export function prepareAll<Texts extends Record<string, string>>(db: Db, texts: Texts): Prepared<Texts> {
  const prepared: Record<string, Statement> = {};
  for (const [name, text] of Object.entries(texts)) prepared[name] = db.prepare<unknown[]>(text);
  return prepared as Prepared<Texts>;
}
