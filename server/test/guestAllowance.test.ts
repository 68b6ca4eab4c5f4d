import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addToken } from "../access/tokenFile.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { randomId } from "../platform/randomId.js";
import type { ErrorInfo } from "../protocol/result.js";
import { type TestClient, TestServer } from "./TestServer.js";

/** A guest may have 4 MB here. */
let cria: TestServer;
let guest: TestClient;
let owner: TestClient;
const secrets = new Map<string, string>();
beforeAll(async () => {
  cria = await TestServer.start(
    async (home) => {
      for (const name of ["guest", "reader", "owner"])
        secrets.set(name, (await addToken(join(home, "tokens.json"), { name, mine: name === "owner" })).secret);
    },
    { worker: { program: scriptedProgram({ pieces: ["Yes."], tokensPerSecond: 1000 }) } },
    { host: "0.0.0.0", guestStorageMegabytes: 4 },
  );
  const connect = (name: string) => cria.connect({ auth: { token: secrets.get(name) } });
  [guest, owner] = await Promise.all([connect("guest"), connect("owner")]);
});
afterAll(() => cria.close());

/** One word again and again: the index of words stays small, and the test quick. */
const text = (length: number) => "llama ".repeat(length / 6);

function postAs(who: string, path: string, body: string, type = "text/plain"): Promise<Response> {
  return fetch(`${cria.url}/api/${path}`, {
    method: "POST",
    body,
    headers: { "content-type": type, "x-cria": "1", authorization: `Bearer ${secrets.get(who)}` },
  });
}

const attachAs = (who: string, length: number) => postAs(who, "attachments?name=a.txt", text(length));
const full = { code: "allowance_full" };

/** Long messages until one is refused; how many were taken, and the chats that they are in. */
async function fill(client: TestClient, temporary: boolean, most: number, length = 100_000) {
  const chats: string[] = [];
  while (chats.length < most) {
    const request = { requestId: randomId(), modelId: "alpaca.demo", text: text(length), temporary };
    const answer = await client.ask("chat:send", request);
    if (!answer.ok) return { chats, error: answer.error };
    chats.push(answer.data.conversation.id);
  }
  return { chats, error: undefined };
}

describe("[AL1] [T22] what a guest may hold", () => {
  it("bounds chats and files that wait for a message together, and not whoever runs the machine", async () => {
    expect((await attachAs("guest", 200_000)).status).toBe(200);
    const { chats, error } = await fill(guest, false, 40);
    expect(chats.length).toBeGreaterThan(0);
    expect(chats.length).toBeLessThan(36);
    expect(error).toMatchObject(full);
    expect(error?.message).toMatch(/^Your chats and files take [\d.]+ MB here, .*: 4 MB are kept for a guest\.$/);
    expect(error?.hint).toMatch(/^Delete chats/);
    const file = await attachAs("guest", 200_000);
    expect([file.status, await file.json()]).toEqual([507, { error: expect.objectContaining(full) }]);
    const chat = { conv: { id: "x", name: "X" }, messages: [{ id: 1, role: "user", content: text(200_000) }] };
    const refusedImport = await postAs("guest", "import", JSON.stringify([chat]), "application/json");
    expect(refusedImport.status).toBe(507);
    const preset = { name: "Long", systemPrompt: text(20_000) };
    // Others have their own room, and the machine's owner any.
    expect((await attachAs("reader", 200_000)).status).toBe(200);
    expect((await fill(owner, false, 50)).error).toBeUndefined();
    expect(await owner.ask("preset:save", { preset })).toMatchObject({ ok: true });
  });

  it("has no branch, no other reply and no preset beyond it, and says the same of each", async () => {
    const { conversations } = await guest.request("conversation:list", {});
    const { messages } = await guest.request("conversation:open", { conversationId: conversations[0]?.id ?? "" });
    const reply = messages.at(-1);
    const refused = { ok: false, error: full };
    expect(await guest.ask("conversation:branch", { messageId: reply?.id })).toMatchObject(refused);
    const errors: ErrorInfo[] = [];
    for (let n = 0; n < 300 && errors.length === 0; n++) {
      const preset = { name: `Long ${n}`, systemPrompt: text(20_000) };
      const saved = await guest.ask("preset:save", { preset });
      if (!saved.ok) errors.push(saved.error);
    }
    expect(errors).toMatchObject([full]);
  });

  it("[CV3] has room again once something is deleted, which then cannot be brought back", async () => {
    const { conversations } = await guest.request("conversation:list", {});
    for (const { id } of conversations.slice(0, -1)) await guest.request("conversation:delete", { conversationId: id });
    const deleted = conversations[0]?.id ?? "";
    expect((await fill(guest, false, 1)).error).toBeUndefined();
    expect(await guest.ask("conversation:restore", { conversationId: deleted })).toMatchObject({
      ok: false,
      error: { code: "conversation_not_found" },
    });
    // What is there stays.
    const kept = conversations.at(-1)?.id ?? "";
    expect(await guest.ask("conversation:open", { conversationId: kept })).toMatchObject({ ok: true });
  });
});

describe("[AL1] [T22] what a guest may hold in temporary chats", () => {
  it("bounds them by themselves", async () => {
    const reader = await cria.connect({ auth: { token: secrets.get("reader") } });
    const { chats, error } = await fill(reader, true, 400, 200_000);
    expect(chats.length).toBeGreaterThan(20);
    expect(error).toMatchObject(full);
    expect(error?.message).toContain("64 MB");
    for (const conversationId of chats) await reader.request("conversation:delete", { conversationId });
    expect((await fill(reader, true, 5, 200_000)).error).toBeUndefined();
  });
});
