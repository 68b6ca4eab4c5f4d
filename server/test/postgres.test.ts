import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localPrincipal } from "../access/Principal.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { type ChatAccount, ChatAccounts } from "../chat/ChatAccounts.js";
import { PostgresChatStorage } from "../chat/PostgresChatStorage.js";
import { openEngine, type RunningEngine } from "../openEngine.js";
import { createLogger } from "../platform/logger.js";
import { randomId } from "../platform/randomId.js";
import type { Message } from "../protocol/conversation.js";
import { postgresStatements, searchStatement } from "../storage/postgres/postgresStatements.js";
import { PostgresProcess } from "./services/PostgresProcess.js";
import { temporaryHome, testConfig } from "./TestServer.js";

const logger = createLogger("silent");
const away = { code: "storage_failed", message: expect.stringContaining("does not answer") };

it("[T6] every statement names the owner beside each table that it touches", () => {
  for (const [name, text] of Object.entries({ ...postgresStatements, search: searchStatement(2) })) {
    const tables =
      text.match(/\b(FROM|JOIN|UPDATE|INTO) (conversations|messages|attachments|settings|presets)\b/g) ?? [];
    const owners = text.match(/\bowner = \$1|\(owner, \S[^)]*\)\s+VALUES \(\$1,/g) ?? [];
    expect([name, tables.length]).not.toEqual([name, 0]);
    expect([name, owners.length >= tables.length]).toEqual([name, true]);
  }
});

describe.skipIf(!PostgresProcess.available)("chats in Postgres", () => {
  let process: PostgresProcess;
  let engine: RunningEngine;
  let accounts: ChatAccounts;
  let account: ChatAccount;
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  beforeAll(async () => {
    process = await PostgresProcess.start();
    home = await temporaryHome();
    const program = scriptedProgram({ pieces: ["One ", "two ", "three."], tokensPerSecond: 1000 });
    engine = await openEngine(testConfig(home.path), { worker: { program } }, logger);
    const storage = await PostgresChatStorage.connect(process.url, "", logger);
    const { generations, registry } = engine;
    accounts = new ChatAccounts(home.path, { storage, generations, registry, logger });
    account = await accounts.of("local");
  });
  afterAll(async () => {
    await engine.close();
    await accounts.close();
    await process.close();
    await home.remove();
  });

  const send = (text: string) =>
    account.chat.send({ requestId: randomId(), text, modelId: "alpaca.demo" }, { principal: localPrincipal });
  /** Resolves with the reply as it is stored at its end. */
  const ended = (replyId: () => string | undefined) =>
    new Promise<Message>((resolve) => {
      const unlisten = account.feed.listen({
        changed: (_conversation, messages) => {
          const reply = messages.find(({ id, status }) => id === replyId() && status === "complete");
          if (reply === undefined) return;
          unlisten();
          resolve(reply);
        },
      });
    });

  it("answers, and has the whole reply stored with its end", async () => {
    let id: string | undefined;
    const end = ended(() => id);
    const { conversation, reply } = await send("Count");
    id = reply.id;
    expect(await end).toMatchObject({ text: "One two three.", status: "complete" });
    const { messages } = await account.conversations.open(conversation.id);
    expect(messages.map(({ text }) => text)).toEqual(["Count", "One two three."]);
  });

  it("is refused clearly while the database is away, and goes on by itself when it is back", async () => {
    const { conversation } = await send("Before");
    await process.stop();
    await expect(send("Meanwhile")).rejects.toMatchObject(away);
    await expect(account.conversations.list()).rejects.toMatchObject(away);
    await expect(account.settings.savePreset({ name: "x" })).rejects.toMatchObject(away);
    await process.run();
    const { userMessage } = await send("After");
    const listed = await account.conversations.list();
    expect(listed.map(({ title }) => title)).toEqual(expect.arrayContaining(["Before", "After"]));
    expect(listed.map(({ title }) => title)).not.toContain("Meanwhile");
    expect(listed.find(({ id }) => id === conversation.id)).toBeDefined();
    expect(userMessage.text).toBe("After");
  });

  it("stores the end of a reply that ended while the database was away", async () => {
    let id: string | undefined;
    const end = ended(() => id);
    // The reply waits for the model's lane until the database is gone.
    const gone = new Promise<void>((resolve) => {
      const unlisten = engine.generations.onStart(() => {
        unlisten();
        void process.stop().then(resolve);
      });
    });
    const sent = await send("Count on").catch((error: unknown) => error);
    await gone;
    await process.run();
    const { conversations } = account;
    const all = await conversations.list();
    const found = all.find(({ title }) => title === "Count on");
    expect([found !== undefined, sent]).not.toEqual([true, undefined]);
    const { messages } = await conversations.open(found?.id ?? "");
    const reply = messages.at(-1);
    if (reply?.status === "generating") {
      id = reply.id;
      expect(await end).toMatchObject({ text: "One two three." });
    } else expect(reply?.text).toBe("One two three.");
  });

  it("[T14] has everything that was acknowledged, however often the database dies under it", async () => {
    const acknowledged: string[] = [];
    let going = true;
    const writing = (async () => {
      for (let n = 0; going; n++)
        await send(`Message ${n}`).then(
          () => acknowledged.push(`Message ${n}`),
          (error: unknown) => expect(error).toMatchObject({ code: "storage_failed" }),
        );
    })();
    for (let kill = 0; kill < 4; kill++) {
      const before = acknowledged.length;
      await expect.poll(() => acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(before + 3);
      await process.stop(kill % 2 === 0 ? "SIGQUIT" : "SIGINT");
      await process.run();
    }
    going = false;
    await writing;
    const titles = (await account.conversations.list()).map(({ title }) => title);
    expect(acknowledged.filter((title) => !titles.includes(title))).toEqual([]);
    expect(new Set(titles.filter((title) => title.startsWith("Message"))).size).toBe(
      titles.filter((title) => title.startsWith("Message")).length,
    );
  });
});

describe.skipIf(!PostgresProcess.available)("a database that cannot be used at the start", () => {
  let process: PostgresProcess;
  beforeAll(async () => {
    process = await PostgresProcess.start();
  });
  afterAll(() => process.close());

  it("is told with its address and what to do, without its password", async () => {
    const connect = (url: string) => PostgresChatStorage.connect(url, "", logger);
    await expect(connect(process.urlOf("nothing"))).rejects.toMatchObject({
      code: "storage_failed",
      message: expect.stringContaining('database "nothing" does not exist'),
    });
    await process.stop();
    const refused = connect(`postgres://cria:geheim@127.0.0.1:${process.port}/cria`);
    await expect(refused).rejects.toMatchObject({
      code: "storage_failed",
      message: expect.stringContaining(`127.0.0.1:${process.port}/cria cannot be used: connect ECONNREFUSED`),
      hint: expect.stringContaining("--postgres"),
    });
    await expect(refused).rejects.not.toThrow(/geheim/);
  });
});
