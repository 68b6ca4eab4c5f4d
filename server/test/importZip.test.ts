import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addToken } from "../access/tokenFile.js";
import { TestServer } from "./TestServer.js";
import { zipOf } from "./zipOf.js";

let cria: TestServer;
const secrets = new Map<string, string>();
beforeEach(async () => {
  cria = await TestServer.start(
    async (home) => {
      for (const name of ["guest", "me"]) {
        const { secret } = await addToken(join(home, "tokens.json"), { name, mine: name === "me" });
        secrets.set(name, secret);
      }
    },
    {},
    { host: "0.0.0.0" },
  );
});
afterEach(() => cria.close());

interface Answer {
  status: number;
  conversations?: { title: string; messageCount?: number }[];
  outcomes?: string[];
  error?: { code: string; message: string; hint?: string };
}

async function send(
  body: Buffer<ArrayBuffer>,
  { as = "me", preview = false, type = "application/zip", headers = {} } = {},
): Promise<Answer> {
  const response = await fetch(`${cria.url}/api/import${preview ? "?preview=1" : ""}`, {
    method: "POST",
    body,
    headers: { "content-type": type, "x-cria": "1", authorization: `Bearer ${secrets.get(as)}`, ...headers },
  });
  return { status: response.status, ...((await response.json()) as Omit<Answer, "status">) };
}

async function storedTitles(as = "me"): Promise<string[]> {
  const response = await fetch(`${cria.url}/api/export`, { headers: { authorization: `Bearer ${secrets.get(as)}` } });
  const stored = (await response.json()) as { conversation: { title: string } }[];
  return stored.map(({ conversation }) => conversation.title).toSorted();
}

/** A chat as ChatGPT's export has it. */
const chatGpt = (title: string) => ({
  title,
  create_time: 1_700_000_000,
  mapping: {
    a: { id: "a", message: { author: { role: "user" }, content: { content_type: "text", parts: ["Hello?"] } } },
    b: { id: "b", parent: "a", message: { author: { role: "assistant" }, content: { parts: ["Hello."] } } },
  },
});

it("[EX4] [EX5] takes ChatGPT's zip as it is, in parts and beside other JSON, stores nothing for a look at it, and nothing twice", async () => {
  const zip = await zipOf({
    "user.json": '{"id":"user-1"}',
    "conversations-000.json": JSON.stringify([chatGpt("One"), chatGpt("Two")]),
    "conversations-001.json": JSON.stringify([chatGpt("Three")]),
    "chat.html": "<html></html>",
  });
  const previewed = await send(zip, { preview: true });
  expect(previewed.conversations).toMatchObject(
    ["One", "Two", "Three"].map((title) => ({ title, messageCount: 2, updatedAtMs: 1_700_000_000_000 })),
  );
  expect(await storedTitles()).toEqual([]);
  const types = ["application/zip", "application/x-zip-compressed"];
  const outcomes: (string[] | undefined)[] = [];
  for (const type of types) {
    const answer = await send(zip, { type });
    expect(answer.conversations).toMatchObject(["One", "Two", "Three"].map((title) => ({ title })));
    outcomes.push(answer.outcomes);
  }
  expect(outcomes).toEqual([
    ["added", "added", "added"],
    ["present", "present", "present"],
  ]);
  expect(await storedTitles()).toEqual(["One", "Three", "Two"]);
});

it("[EX2] refuses a zip of anything else whole, and says what it is", async () => {
  const before = await storedTitles();
  const whole = await zipOf({ "cria-chats.json": JSON.stringify([chatGpt("Good"), { not: "a chat" }]) });
  for (const preview of [true, false]) {
    for (const [zip, message] of [
      [whole, /Conversation 2 of the file is in no form/],
      [await zipOf({ "a.json": "[1" }), /chats in the zip are not valid JSON/],
      [await zipOf({ "photo.jpg": "x" }), /no \.json file at its top level/],
      [Buffer.from("no zip at all"), /The zip cannot be read/],
      [Buffer.alloc(0), /The zip cannot be read/],
    ] as const) {
      const { status, error } = await send(zip, { preview });
      expect([status, error]).toMatchObject([400, { code: "bad_request", message: expect.stringMatching(message) }]);
      expect(error?.hint).toMatch(/./);
    }
  }
  expect(await send(whole, { type: "text/plain" })).toMatchObject({
    status: 415,
    error: { code: "unsupported_media_type", hint: expect.stringContaining("application/zip") },
  });
  expect(await send(whole, { headers: { "content-encoding": "gzip" } })).toMatchObject({ status: 415 });
  expect(await storedTitles()).toEqual(before);
});

it("[T18] [T10] takes from a zip no more, nor anything worse to parse, than what JSON may be sent", async () => {
  const large = await zipOf({ "a.json": Buffer.alloc(33 * 2 ** 20, " ").fill("[]", 0, 2) });
  expect(await send(large, { as: "guest" })).toMatchObject({
    status: 413,
    error: { code: "body_too_large", message: "The chats in the zip take more than 32 MB." },
  });
  expect(await send(large)).toMatchObject({ status: 200, conversations: [] });
  const long = Buffer.alloc(33 * 2 ** 20);
  expect(await send(long, { as: "guest" })).toMatchObject({
    status: 413,
    error: { code: "body_too_large", message: "The zip has more than 32 MB.", hint: expect.stringContaining("Unpack") },
  });
  const deep = await zipOf({ "a.json": "[".repeat(10_000_000) });
  expect(await send(deep)).toMatchObject({ status: 400, error: { message: expect.stringContaining("nested") } });
  const values = "[],".repeat(2_600_000);
  const many = await zipOf({ "conversations-1.json": `[${values}0]`, "conversations-2.json": `[${values}0]` });
  expect(await send(many)).toMatchObject({
    status: 400,
    error: { message: expect.stringContaining("5000000 values") },
  });
});
