import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { z } from "zod";
import { createLogger } from "../platform/logger.js";
import { packagePath } from "../platform/paths.js";
import { TestServer } from "../test/TestServer.js";
import { ModelWorker } from "../workers/ModelWorker.js";
import { readStamps, type scriptSchema } from "./script.js";
import { scriptedProgram } from "./scriptedProgram.js";

type ScriptInput = z.input<typeof scriptSchema>;

let cria: TestServer | undefined;
afterEach(async () => {
  await cria?.close();
  cria = undefined;
});

const start = async (script: ScriptInput = {}) => {
  cria = await TestServer.start(undefined, { worker: { program: scriptedProgram(script) } });
  return cria;
};

/** Starts a reply of `maxTokens` tokens and follows it. */
async function reply(server: TestServer, maxTokens: number, prompt = "Hello") {
  const client = await server.connect();
  const { generationId } = await client.request("generation:start", {
    modelId: "alpaca.demo",
    prompt,
    sampling: { maxTokens },
  });
  await client.follow(generationId);
  return { client, id: generationId };
}

describe("the scripted engine", () => {
  it("makes every token once, in order, to the length that was asked for", async () => {
    const { client, id } = await reply(await start({ tokensPerSecond: 1000 }), 40);
    const { text, end } = await client.untilEnd(id);
    expect(readStamps(text).map(({ index }) => index)).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(end).toMatchObject({ stopReason: "length", stats: { generatedTokens: 40 } });
  });

  it("lets more wait than it has sequences for", async () => {
    const server = await start({ sequences: 1, tokensPerSecond: 1000 });
    const first = await reply(server, 1_000_000);
    await first.client.untilText(first.id);
    const second = await reply(server, 3);
    await second.client.until(second.id, (events) =>
      events.some((event) => event.type === "phase" && event.phase.phase === "queued" && event.phase.position === 1),
    );
    await first.client.request("generation:stop", { generationId: first.id });
    expect((await second.client.untilEnd(second.id)).end.stopReason).toBe("length");
  });

  it("takes a script from the prompt", async () => {
    const { client, id } = await reply(await start(), 100, JSON.stringify({ fault: "dieWhileAnswering" }));
    expect((await client.untilEnd(id)).end.error?.code).toBe("worker_died");
  });
});

describe("a script with pieces", () => {
  it("says them as they are and ends", async () => {
    const pieces = ["<img src=x ", "onerror=alert(1)>", " 👩‍🚀"];
    const { client, id } = await reply(await start({ tokensPerSecond: 1000, pieces }), 100);
    const { text, end } = await client.untilEnd(id);
    expect({ text, stopReason: end.stopReason }).toEqual({ text: pieces.join(""), stopReason: "end" });
  });
});

describe("a worker that fails", () => {
  it("while it loads: an error of its own is shown as it is", async () => {
    const { client, id } = await reply(await start({ fault: "failOnLoad" }), 5);
    expect((await client.untilEnd(id)).end.error).toMatchObject({
      code: "model_load_failed",
      message: expect.stringContaining("the script says so"),
    });
  });

  it("while it loads: its death ends the generation", async () => {
    const { client, id } = await reply(await start({ fault: "dieOnLoad" }), 5);
    expect((await client.untilEnd(id)).end.error?.code).toBe("worker_died");
  });

  it("in the middle of a reply: Stop ends what the engine no longer hears, and keeps the text", async () => {
    const { client, id } = await reply(await start({ fault: "hangWhileAnswering", faultAfterTokens: 3 }), 100);
    await client.until(id, (events) => events.filter((event) => event.type === "text").length === 3);
    await client.request("generation:stop", { generationId: id });
    const { text, end } = await client.untilEnd(id);
    expect(end.stopReason).toBe("stopped");
    expect(readStamps(text)).toHaveLength(3);
  });

  it("[T27] by sending nonsense: it is ended, its reply says so, and the server lives on", async () => {
    const server = await start();
    const { client, id } = await reply(server, 100, JSON.stringify({ fault: "garbage" }));
    const { text, end } = await client.untilEnd(id);
    expect(end.error?.code).toBe("worker_died");
    expect(readStamps(text)).toHaveLength(3);
    const again = await reply(server, 5);
    expect((await again.client.untilEnd(again.id)).end.stopReason).toBe("length");
  });

  it("by hearing nothing: closing it climbs to SIGKILL", async () => {
    const worker = new ModelWorker("deaf", createLogger("silent"), {
      program: scriptedProgram({ fault: "deaf" }),
      timeouts: { loadStallMs: 60_000, closeMs: 50, terminateMs: 50 },
    });
    const modelPath = join(packagePath, "models", "demo", "demo-q8_0.gguf");
    await worker.load({ modelPath, contextTokens: 512, sequences: 1, threads: 1, maxThreads: 1, gpu: "off" }, () => {});
    await worker.close();
    expect(worker.state).toBe("dead");
  });

  it("by never getting ready: loading is a time-out", async () => {
    const worker = new ModelWorker("hung", createLogger("silent"), {
      program: scriptedProgram({ fault: "hangOnLoad" }),
      timeouts: { loadStallMs: 50, closeMs: 5000, terminateMs: 50 },
    });
    await expect(
      worker.load(
        { modelPath: "x", contextTokens: 512, sequences: 1, threads: 1, maxThreads: 1, gpu: "off" },
        () => {},
      ),
    ).rejects.toMatchObject({ code: "model_load_timeout" });
  });
});
