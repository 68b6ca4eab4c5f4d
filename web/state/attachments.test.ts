import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "./createApp.js";
import { FakeConnection } from "./FakeConnection.js";
import { idsOf, waitingAttachments } from "./reduceAttachments.js";
import { testConversation, testCount, testMessage } from "./testMessage.js";

afterEach(() => vi.unstubAllGlobals());

/** Ten tokens in a prompt, one more per letter of the draft, and a hundred per file. */
function start() {
  const connection = new FakeConnection({
    "chat:count": ({ draft, attachmentIds = [] }) => ({
      ok: true,
      data: testCount(10 + draft.length + attachmentIds.length * 100),
    }),
  });
  const posted: { path: string; body: string }[] = [];
  vi.stubGlobal("fetch", (path: string, { body }: { body: string }) => {
    posted.push({ path, body });
    const name = new URL(path, "http://x").searchParams.get("name");
    return Promise.resolve(Response.json({ id: `f${posted.length}`, name, sizeBytes: body.length }));
  });
  const app = createApp({
    connection,
    history: { pushState: () => {}, replaceState: () => {} },
    schedule: (task) => {
      task();
      return () => {};
    },
  });
  connection.setStatus("connected");
  app.actions.selectModel("alpaca.demo");
  const waiting = () => waitingAttachments(app.store.getState());
  return { app, connection, posted, waiting };
}

const file = (name: string, content: string | Uint8Array<ArrayBuffer>, type = "") =>
  new File([content], name, { type });

describe("a text file", () => {
  it("is posted, costs tokens, and goes with the next message, once", async () => {
    const { app, connection, posted, waiting } = start();
    await app.actions.attachFiles([file("notes & more.txt", "The fox is called Rufus.")]);
    expect(posted).toEqual([
      { path: "/api/attachments?name=notes%20%26%20more.txt", body: "The fox is called Rufus." },
    ]);
    await vi.waitFor(() =>
      expect(waiting()).toMatchObject([{ id: "f1", cost: { modelId: "alpaca.demo", tokens: 100 } }]),
    );
    app.actions.send("Who?");
    expect(connection.payloads("chat:send")).toMatchObject([{ text: "Who?", attachmentIds: ["f1"] }]);
    expect(waiting()).toEqual([]);
  });

  it("in UTF-16 is read as what it says; a byte order mark is no part of it", async () => {
    const { app, posted } = start();
    await app.actions.attachFiles([file("a.txt", new Uint8Array([0xff, 0xfe, 0x41, 0, 0xe4, 0]))]);
    expect(posted.map(({ body }) => body)).toEqual(["Aä"]);
  });

  it("is not left behind by a message that is sent while it is on its way", async () => {
    const { app, connection } = start();
    const attached = app.actions.attachFiles([file("a.txt", "a")]);
    app.actions.send("Who?");
    expect(connection.payloads("chat:send")).toEqual([]);
    await attached;
    app.actions.send("Who?");
    expect(connection.payloads("chat:send")).toHaveLength(1);
  });

  it("waits in its own chat, and comes back with a message that could not be sent", async () => {
    const { app, connection, waiting } = start();
    await app.actions.attachFiles([file("a.txt", "a")]);
    app.actions.openChat("c2");
    expect(waiting()).toEqual([]);
    app.actions.newChat();
    expect(idsOf(waiting())).toEqual(["f1"]);
    const error = { code: "queue_full", message: "Full." } as const;
    connection.answers["chat:send"] = () => ({ ok: false, error });
    app.actions.send("Who?");
    await vi.waitFor(() => expect(app.store.getState().chat.pendingSend?.error).toEqual(error));
    expect(waiting()).toEqual([]);
    app.actions.takeBack();
    expect(idsOf(waiting())).toEqual(["f1"]);
  });

  it("waits with a text that is queued behind a reply", async () => {
    const { app, connection, waiting } = start();
    const reply = testMessage("m2", "m1", { role: "assistant", status: "generating", generationId: "g1" });
    const conversation = testConversation("c1", { headMessageId: "m2" });
    connection.answers["conversation:open"] = () => ({
      ok: true,
      data: { conversation, messages: [testMessage("m1", undefined), reply] },
    });
    app.actions.openPath("/c/c1");
    await vi.waitFor(() => expect(app.store.getState().chat.status).toBe("ready"));
    await app.actions.attachFiles([file("a.txt", "a")]);
    app.actions.send("And this?");
    expect(connection.payloads("chat:send")).toEqual([]);
    app.actions.takeBackQueued();
    expect(idsOf(waiting())).toEqual(["f1"]);
    app.actions.send("And this?");
    connection.say("conversation:changed", { conversation, messages: [{ ...reply, status: "complete" }] });
    expect(connection.payloads("chat:send")).toMatchObject([{ text: "And this?", attachmentIds: ["f1"] }]);
  });
});

describe("a file that cannot be attached", () => {
  it.each<[string, File, RegExp]>([
    ["nothing", file("a.txt", ""), /a\.txt is empty/],
    ["a binary", file("a.bin", new Uint8Array([0x50, 0x4b, 0xff, 0x80])), /not a text file/],
    ["a zero byte", file("a.txt", "a\0b"), /not a text file/],
    ["an image", file("a.png", new Uint8Array([0x89, 0x50]), "image/png"), /cannot see/],
    ["too many bytes", file("a.log", "x".repeat(800_001)), /too big: 800 kB/],
    ["too many characters", file("a.log", "x".repeat(200_001)), /too long: 200,001/],
  ])("says why and is not sent: %s", async (_name, refused, why) => {
    const { app, connection, posted, waiting } = start();
    await app.actions.attachFiles([refused]);
    expect(waiting()).toMatchObject([{ error: { message: expect.stringMatching(why) } }]);
    expect(posted).toEqual([]);
    app.actions.send("Who?");
    expect(connection.payloads("chat:send")[0]?.attachmentIds).toBeUndefined();
  });

  it("is the seventeenth", async () => {
    const { app, waiting } = start();
    for (let index = 0; index < 17; index++) await app.actions.attachText(`${index}.txt`, "a");
    expect(idsOf(waiting())).toHaveLength(16);
    expect(waiting().at(-1)?.error?.message).toContain("At most 16 files");
  });
});
