import { afterAll, beforeAll, expect, it } from "vitest";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start();
});
afterAll(() => cria.close());

it("[CV1] says in every window that a reply is being made, until it has ended or was deleted", async () => {
  const [client, other] = [await cria.connect(), await cria.connect()];
  const heard: (boolean | undefined)[] = [];
  const ends = (count: number) =>
    new Promise<void>((resolve) => {
      other.socket.on("conversation:listed", ({ conversation }) => {
        heard.push(conversation.generating);
        if (heard.filter((generating) => generating === undefined).length >= count) resolve();
      });
    });
  const ended = ends(1);
  const { conversation, reply } = await client.send("Tell me a story about a dog.", {});
  expect(conversation.generating).toBe(true);
  await ended;
  expect(heard[0]).toBe(true);
  expect(heard.at(-1)).toBeUndefined();
  const { conversations } = await other.request("conversation:list", {});
  expect(conversations.find(({ id }) => id === conversation.id)).not.toHaveProperty("generating");

  const again = await client.request("chat:regenerate", {
    requestId: "regenerate-endless",
    messageId: reply.id,
    sampling: { ignoreEos: true, maxTokens: 400 },
  });
  expect(again.conversation.generating).toBe(true);
  const deleted = await client.request("message:delete", { messageId: again.reply.id });
  expect(deleted.conversation).not.toHaveProperty("generating");
});
