import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addToken } from "../access/tokenFile.js";
import { nodeOfTemporary } from "../cluster/temporaryIds.js";
import { PostgresProcess } from "./services/PostgresProcess.js";
import { RedisProcess } from "./services/RedisProcess.js";
import { TestCluster } from "./services/TestCluster.js";
import { TestClient, temporaryHome } from "./TestServer.js";

const available = RedisProcess.available && PostgresProcess.available;

describe.skipIf(!available)("with different tokens on two nodes", () => {
  let postgres: PostgresProcess;
  let cluster: TestCluster;
  let tokensHome: Awaited<ReturnType<typeof temporaryHome>>;
  const secrets = new Map<string, string>();
  const clients: TestClient[] = [];
  beforeAll(async () => {
    postgres = await PostgresProcess.start();
    tokensHome = await temporaryHome();
    const tokensPath = join(tokensHome.path, "tokens.json");
    for (const name of ["alice", "bob"]) secrets.set(name, (await addToken(tokensPath, { name, mine: false })).secret);
    cluster = await TestCluster.start({
      nodes: 2,
      tokensPerSecond: 100,
      postgresUrl: postgres.url,
      flags: { host: "0.0.0.0" },
      prepare: (homePath) => copyFile(tokensPath, join(homePath, "tokens.json")),
    });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await cluster.close();
    await postgres.close();
    await tokensHome.remove();
  });
  const on = async (index: number, name: string): Promise<TestClient> => {
    const client = await TestClient.connect(cluster.node(index).url, { auth: { token: secrets.get(name) } });
    clients.push(client);
    return client;
  };

  it("[T6] nobody hears of another's temporary chat, knowing its id, on a node that does not have it", async () => {
    const alice = await on(0, "alice");
    const { conversation } = await alice.send("A secret of Alice", {
      modelId: "a.words",
      sampling: { maxTokens: 2 },
      temporary: true,
    });
    const redis = await cluster.redisConnection();
    const said = JSON.parse((await redis.get(`cria:node:${nodeOfTemporary(conversation.id)}`)) ?? "{}");
    const elsewhere = cluster.nodes.findIndex(({ url }) => new URL(url).port !== new URL(said.url).port);
    const [reader, bob] = [await on(elsewhere, "alice"), await on(elsewhere, "bob")];
    const request = { conversationId: conversation.id };
    await reader.request("conversation:open", request);
    const heard: string[] = [];
    bob.socket.on("conversation:changed", ({ conversation: { title } }) => heard.push(title));
    expect(await bob.ask("conversation:open", request)).toMatchObject({
      ok: false,
      error: { code: "conversation_not_found" },
    });
    const changed = new Promise<void>((resolve) =>
      reader.socket.on("conversation:changed", ({ conversation: { title } }) => {
        if (title === "Still a secret") resolve();
      }),
    );
    await alice.request("conversation:update", { ...request, title: "Still a secret" });
    await changed;
    // What this node sent him before comes before this answer.
    await bob.request("conversation:list", {});
    expect(heard).toEqual([]);
  });
});
