import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import { sqliteStores } from "../storage/ChatStores.js";
import { openDatabase } from "../storage/openDatabase.js";
import { Postgres } from "../storage/postgres/Postgres.js";
import { PostgresConversationStore } from "../storage/postgres/PostgresConversationStore.js";
import { PostgresSettingsStore } from "../storage/postgres/PostgresSettingsStore.js";
import { migratePostgres } from "../storage/postgres/postgresMigrations.js";
import { heldContract } from "./heldContract.js";
import { piecesContract } from "./piecesContract.js";
import { searchContract } from "./searchContract.js";
import { PostgresProcess } from "./services/PostgresProcess.js";
import { type OpenedStores, type StoreUnderTest, storeContract } from "./storeContract.js";

function contract(name: string, start: () => Promise<StoreUnderTest>): void {
  storeContract(name, start);
  searchContract(name, start);
  heldContract(name, start);
  piecesContract(name, start);
}

/** Each owner has a database of its own in SQLite. */
function sqlite(path: string): OpenedStores {
  const stores = sqliteStores(openDatabase(path));
  return { ...stores, close: () => stores.stored.close() };
}

contract("a SQLite file", () => {
  const folder = mkdtempSync(join(tmpdir(), "cria-stores-"));
  return Promise.resolve({
    open: (owner) => sqlite(join(folder, `${owner}.db`)),
    outlivesItsOpening: true,
    remove: () => rmSync(folder, { recursive: true }),
  });
});

contract("SQLite in memory", () =>
  Promise.resolve({ open: () => sqlite(":memory:"), outlivesItsOpening: false, remove: () => {} }),
);

describe.skipIf(!PostgresProcess.available)("with a Postgres server", () => {
  let process: PostgresProcess;
  beforeAll(async () => {
    process = await PostgresProcess.start();
  });
  afterAll(() => process.close());
  const logger = createLogger("silent");

  contract("Postgres", async () => {
    const postgres = await Postgres.open(process.createDatabase(), logger);
    await migratePostgres(postgres);
    return {
      open: (owner) => ({
        stored: new PostgresConversationStore(postgres, owner),
        settings: new PostgresSettingsStore(postgres, owner),
        close: () => {},
      }),
      outlivesItsOpening: true,
      remove: () => postgres.close(),
    };
  });

  it("is brought up to date once, however many servers start at once, and by no older one after that", async () => {
    const url = process.createDatabase();
    const servers = await Promise.all(Array.from({ length: 5 }, () => Postgres.open(url, logger)));
    await Promise.all(servers.map((server) => migratePostgres(server)));
    const [first] = servers;
    expect((await first?.ask("SELECT version FROM cria_version", []))?.rows).toEqual([{ version: 1 }]);
    await first?.ask("UPDATE cria_version SET version = 9999", []);
    await expect(Promise.resolve(first && migratePostgres(first))).rejects.toMatchObject({
      code: "storage_failed",
      message: expect.stringContaining("newer version"),
    });
    await Promise.all(servers.map((server) => server.close()));
  });
});
