import { expect, it } from "vitest";
import { RedisConnections } from "../cluster/openRedis.js";
import { createLogger } from "../platform/logger.js";
import { PostgresProcess } from "./services/PostgresProcess.js";
import { RedisProcess } from "./services/RedisProcess.js";
import { TestServer } from "./TestServer.js";

it.skipIf(!RedisProcess.available || !PostgresProcess.available)(
  "a node that is closed while its process goes on leaves no connection to Redis",
  async () => {
    const [redis, postgres] = await Promise.all([RedisProcess.start(), PostgresProcess.start()]);
    const connections = new RedisConnections(redis.url, createLogger("silent"));
    const watching = await connections.open();
    const clients = async () =>
      String(await watching.client("LIST"))
        .trim()
        .split("\n").length;
    try {
      const before = await clients();
      const node = await TestServer.start(undefined, {}, { redisUrl: redis.url, postgresUrl: postgres.url });
      expect(await clients()).toBeGreaterThan(before + 3);
      await node.close();
      // One of them waits for news of the rooms, five seconds at most.
      await expect.poll(clients, { timeout: 15_000 }).toBe(before);
    } finally {
      connections.close();
      await redis.close();
      await postgres.close();
    }
  },
);
