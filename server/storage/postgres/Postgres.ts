import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { AppError } from "../../platform/AppError.js";
import type { Logger } from "../../platform/logger.js";
import { isAway, postgresError, reasonOf } from "./postgresError.js";

/** What a statement gave. */
export interface Asked<Row> {
  rows: Row[];
  /** Rows that it gave or changed. */
  count: number;
}

/** Asks one statement; parameters are `$1`, `$2`, … */
export type Ask = <Row>(text: string, parameters: readonly unknown[]) => Promise<Asked<Row>>;

/** What can be asked: anybody's, or a connection of one's own, which is asked one thing after the other. */
export interface PostgresSession {
  readonly ask: Ask;
  transaction<T>(work: (ask: Ask) => Promise<T>): Promise<T>;
}

/** Connections that are kept at most. Statements are short, so that more would wait for the disk instead. */
const mostConnections = 16;
const connectTimeoutMs = 5_000;
/** A server that takes this long for one statement, or does not answer at all, counts as gone. */
const answerTimeoutMs = 30_000;

/** Of those, such as may hold a lock for as long as an import takes. */
const lockConnections = 4;
const lockWaitMs = 10 * 60_000;
const lockAgainMs = 100;
/** Any number: tells Cria's locks from those of other programs in the database. */
const lockSeed = 4_242_067_302;

/** Postgres has no zero byte in a text. */
const zero = "\0";
const replacement = "\uFFFD";

/**
 * The one door to Postgres: a pool of connections that come and go by themselves. What goes wrong is thrown as an error for people:
 * `storage_failed` or `disk_full`; the next statement tries anew.
 */
export class Postgres implements PostgresSession {
  readonly #pool: pg.Pool;
  readonly #locks: Promise<void>[] = [];
  #lockCount = 0;

  private constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Connects once, so that a wrong address is known at the start. Throws `storage_failed`. */
  static async open(url: string, logger: Logger): Promise<Postgres> {
    const pool = new pg.Pool({
      connectionString: url,
      application_name: "cria",
      max: mostConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: answerTimeoutMs,
      query_timeout: answerTimeoutMs,
      keepAlive: true,
      types: { getTypeParser },
    });
    // A connection that nobody uses was lost: the pool has let go of it.
    pool.on("error", (error) => logger.warn({ error: reasonOf(error) }, "a connection to Postgres was lost"));
    // One that somebody holds, between two statements: the next of them says so. Unheard it would end the process.
    pool.on("connect", (client) => client.on("error", () => {}));
    const postgres = new Postgres(pool);
    try {
      await postgres.ask("SELECT 1", []);
      return postgres;
    } catch (cause) {
      await pool.end();
      const reason = reasonOf(cause instanceof AppError ? cause.cause : cause);
      throw new AppError("storage_failed", `The Postgres server at ${addressOf(url)} cannot be used: ${reason}.`, {
        hint: "Start it, or mend the address: --postgres or CRIA_POSTGRES, as postgres://user:password@host:5432/cria.",
        cause,
      });
    }
  }

  /** One statement by itself. One that only reads is asked again when its connection turns out to be dead. */
  readonly ask: Ask = <Row>(text: string, parameters: readonly unknown[]) => {
    const attempts = text.startsWith("SELECT") ? mostConnections + 1 : 1;
    return this.#withClient(
      attempts,
      (client) => askOf(client)<Row>(text, parameters),
      (client) => client.release(),
    );
  };

  /** All statements of `work`, or none. What `work` throws is thrown when nothing has been changed. */
  async transaction<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    // Nothing has been asked of a connection that turns out to be dead at its beginning.
    const client = await this.#withClient(mostConnections + 1, async (begun) => {
      await begun.query("BEGIN");
      return begun;
    });
    let undone = false;
    try {
      const result = await finish(client, work, () => {
        undone = true;
      });
      client.release();
      return result;
    } catch (error) {
      // A connection in which something may be under way yet is not used again.
      client.release(!undone);
      throw error;
    }
  }

  /**
   * Runs `work` while nobody else, on no server, runs any under this name. It gets the connection that has the lock: what it asks there
   * is carried out only as long as the lock is held. Throws `storage_failed` when others take too long.
   */
  locked<T>(name: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    // All connections could be held by those who wait otherwise, and none be left for the chats.
    const place = this.#lockCount++ % lockConnections;
    const turn = (this.#locks[place] ?? Promise.resolve()).then(() => this.#locked(name, work));
    this.#locks[place] = turn.then(nothing, nothing);
    return turn;
  }

  async #locked<T>(name: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const client = await this.#withClient(mostConnections + 1, async (alive) => {
      await alive.query("SELECT 1");
      return alive;
    });
    let unlocked = false;
    try {
      const triedUntilMs = performance.now() + lockWaitMs;
      while (!(await tryLock(client, name))) {
        if (performance.now() > triedUntilMs)
          throw new AppError("storage_failed", "An import of these chats is still under way on another server.", {
            hint: "Try again when it has ended.",
          });
        await setTimeout(lockAgainMs);
      }
      const result = await work(sessionOf(client));
      unlocked = await unlock(client, name);
      return result;
    } catch (error) {
      unlocked = !isAway(error) && (await unlock(client, name));
      throw postgresError(error);
    } finally {
      // The lock goes with its connection.
      client.release(!unlocked);
    }
  }

  /** Waits for what is being asked. */
  async close(): Promise<void> {
    await this.#pool.end();
  }

  /**
   * Runs `work` with a connection, and with another one when that turns out to be dead: after a restart of the server every kept one
   * may be. What cannot be connected is not tried again.
   */
  async #withClient<T>(
    attempts: number,
    work: (client: pg.PoolClient) => Promise<T>,
    done: (client: pg.PoolClient) => void = () => {},
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      let client: pg.PoolClient | undefined;
      try {
        client = await this.#pool.connect();
        const result = await work(client);
        done(client);
        return result;
      } catch (error) {
        const away = isAway(error);
        client?.release(away);
        if (client === undefined || !away || attempt >= attempts) throw postgresError(error);
      }
    }
  }
}

const nothing = () => {};

async function tryLock(client: pg.PoolClient, name: string): Promise<boolean> {
  const { rows } = await client.query("SELECT pg_try_advisory_lock(hashtextextended($1, $2)) AS locked", [
    name,
    lockSeed,
  ]);
  return (rows[0] as { locked: boolean }).locked;
}

/** Whether it was held, and is not any more. */
async function unlock(client: pg.PoolClient, name: string): Promise<boolean> {
  try {
    const { rows } = await client.query("SELECT pg_advisory_unlock(hashtextextended($1, $2)) AS unlocked", [
      name,
      lockSeed,
    ]);
    return (rows[0] as { unlocked: boolean }).unlocked;
  } catch {
    return false;
  }
}

function sessionOf(client: pg.PoolClient): PostgresSession {
  const ask = askOf(client);
  return {
    ask: async (text, parameters) => {
      try {
        return await ask(text, parameters);
      } catch (error) {
        throw postgresError(error);
      }
    },
    transaction: async (work) => {
      await client.query("BEGIN");
      return finish(client, work, nothing);
    },
  };
}

/** Does `work` in the transaction that was begun. Calls `undone` when it failed and nothing of it is left. */
async function finish<T>(client: pg.PoolClient, work: (ask: Ask) => Promise<T>, undone: () => void): Promise<T> {
  try {
    const result = await work(askOf(client));
    await client.query("COMMIT");
    return result;
  } catch (error) {
    if (!isAway(error)) await client.query("ROLLBACK").then(undone, nothing);
    throw postgresError(error);
  }
}

function askOf(client: pg.PoolClient): Ask {
  return async <Row>(text: string, parameters: readonly unknown[]) => {
    const values = parameters.map((value) => (typeof value === "string" ? value.replaceAll(zero, replacement) : value));
    const { rows, rowCount } = await client.query(text, values);
    return { rows: rows as Row[], count: rowCount ?? 0 };
  };
}

/** Times and numbers are `bigint` there: all of ours are whole numbers that JavaScript has. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as "text");

/** For people: without the password, which no log and no page is to have. */
function addressOf(url: string): string {
  if (!URL.canParse(url)) return "the given address";
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = hostname === "" ? (searchParams.get("host") ?? "") : hostname;
  return `${host}${port === "" ? "" : `:${port}`}${pathname}`;
}
