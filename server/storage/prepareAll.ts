import type { Db } from "./openDatabase.js";
import { storageError } from "./storageError.js";

/** What is asked of a prepared statement; parameters are bound in their order. */
interface Statement {
  run(...parameters: unknown[]): { changes: number };
  get(...parameters: unknown[]): unknown;
  all(...parameters: unknown[]): unknown[];
}

/** Statements by the names of their texts. */
export type Prepared<Texts> = { readonly [Name in keyof Texts]: Statement };

/**
 * Prepares every statement once, so that a mistake in one is found at the start and none is parsed twice. What the disk does to
 * them is thrown as an error for people: `disk_full`, `storage_corrupt` or `storage_failed`.
 */
export function prepareAll<Texts extends Record<string, string>>(db: Db, texts: Texts): Prepared<Texts> {
  const prepared: Record<string, Statement> = {};
  for (const [name, text] of Object.entries(texts)) prepared[name] = guarded(db.prepare<unknown[]>(text));
  return prepared as Prepared<Texts>;
}

function guarded(statement: Statement): Statement {
  const guard =
    <Result>(ask: (...parameters: unknown[]) => Result) =>
    (...parameters: unknown[]): Result => {
      try {
        return ask(...parameters);
      } catch (error) {
        throw storageError(error);
      }
    };
  return {
    run: guard((...parameters) => statement.run(...parameters)),
    get: guard((...parameters) => statement.get(...parameters)),
    all: guard((...parameters) => statement.all(...parameters)),
  };
}
