import { afterEach, describe, expect, it } from "vitest";
import type { z } from "zod";
import type { scriptSchema } from "../bench/script.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { type TestClient, TestServer, untilGone } from "./TestServer.js";

let cria: TestServer | undefined;
afterEach(async () => {
  await cria?.close();
  cria = undefined;
});

async function start(script: z.input<typeof scriptSchema> = {}, timeouts = {}): Promise<TestClient> {
  cria = await TestServer.start(undefined, { worker: { program: scriptedProgram(script), timeouts } });
  return cria.connect();
}

const begin = (client: TestClient, prompt = "x") =>
  client.request("generation:start", { modelId: "alpaca.demo", prompt, sampling: { maxTokens: 1000 } });

/** Starts a reply and waits for its end. */
async function whole(client: TestClient, prompt?: string) {
  const { generationId } = await begin(client, prompt);
  await client.follow(generationId);
  return (await client.untilEnd(generationId)).end;
}

describe("a worker that hangs", () => {
  it("[T27] is ended by the watchdog: the reply says so and keeps its text, and the next one gets a new process", async () => {
    const client = await start({ tokensPerSecond: 100 }, { lookMs: 50, missedAnswers: 2 });
    const { generationId } = await begin(client);
    await client.follow(generationId);
    await client.untilText(generationId);
    const hung = cria?.server.pool.processId("alpaca.demo") ?? 0;
    process.kill(hung, "SIGSTOP");
    const { end, text } = await client.untilEnd(generationId);
    expect(end).toMatchObject({ stopReason: "error", error: { code: "worker_died" } });
    expect(end.error?.message).toContain("did not answer any more");
    expect(text).not.toBe("");
    await untilGone(hung);
    expect((await whole(client, JSON.stringify({ pieces: ["fine"] }))).stopReason).toBe("end");
    expect(cria?.server.pool.processId("alpaca.demo")).not.toBe(hung);
  });

  it("[T27] is ended as well when it answers but its work does not get on", async () => {
    const client = await start({ fault: "hangWhileAnswering" }, { lookMs: 50, stuckMs: 1000 });
    const end = await whole(client);
    expect(end).toMatchObject({ stopReason: "error", error: { code: "worker_died" } });
    expect(end.error?.message).toContain("no progress");
  });
});

describe("a worker that crashes again and again", () => {
  it("[T27] is left alone after three times, with the reason, and tried again when somebody loads it", async () => {
    const client = await start();
    const crash = JSON.stringify({ fault: "dieWhileAnswering" });
    for (let n = 0; n < 3; n++) expect((await whole(client, crash)).error?.code).toBe("worker_died");
    const refused = await whole(client, JSON.stringify({ pieces: ["fine"] }));
    expect(refused).toMatchObject({ stopReason: "error", error: { code: "model_crashing" } });
    expect(refused.error?.message).toContain("crashed 3 times");
    expect(cria?.server.pool.processId("alpaca.demo")).toBeUndefined();
    await client.request("model:load", { modelId: "alpaca.demo" });
    expect((await whole(client, JSON.stringify({ pieces: ["fine"] }))).stopReason).toBe("end");
  });

  it("[T27] while it loads is left alone, too", async () => {
    const client = await start({ fault: "dieOnLoad" });
    for (let n = 0; n < 3; n++) expect((await whole(client)).error?.code).toBe("worker_died");
    expect((await whole(client)).error?.code).toBe("model_crashing");
  });
});
