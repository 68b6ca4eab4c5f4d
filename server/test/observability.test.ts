import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { packagePath } from "../platform/paths.js";
import { type ServerStatus, serverStatusSchema } from "../protocol/serverStatus.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer | undefined;
afterEach(async () => {
  await cria?.close();
  cria = undefined;
});

const scripted = async (script: Parameters<typeof scriptedProgram>[0]) => {
  cria = await TestServer.start(undefined, { worker: { program: scriptedProgram(script) } });
  return cria;
};

async function status(server: TestServer): Promise<ServerStatus> {
  return serverStatusSchema.strict().parse(await (await fetch(`${server.url}/api/slots`)).json());
}

/** Every sample of a scrape by its name and labels. */
async function scrape(server: TestServer): Promise<Map<string, number>> {
  const response = await fetch(`${server.url}/metrics`);
  expect(response.headers.get("content-type")).toContain("text/plain");
  const samples = new Map<string, number>();
  for (const line of (await response.text()).split("\n")) {
    if (line === "" || line.startsWith("# ")) continue;
    const [, name, value] = /^(cria_[a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`not in Prometheus' format: ${line}`);
    samples.set(name, Number(value));
  }
  return samples;
}

async function start(server: TestServer, maxTokens: number, prompt = "Hello") {
  const client = await server.connect();
  const { generationId: id } = await client.request("generation:start", {
    modelId: "alpaca.demo",
    prompt,
    sampling: { maxTokens, ignoreEos: true },
  });
  await client.follow(id);
  return { client, id };
}

const model = 'model="alpaca.demo"';

describe("GET /metrics", () => {
  it("counts texts that were embedded, whichever interface asked for them", async () => {
    cria = await TestServer.start();
    const embed = async (path: string, body: object) => {
      const response = await fetch(`${cria?.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "alpaca.demo", ...body }),
      });
      return (await response.json()) as { usage?: { prompt_tokens: number }; prompt_eval_count?: number };
    };
    const { usage } = await embed("/v1/embeddings", { input: ["One day", "The end"] });
    const { prompt_eval_count: ollama } = await embed("/api/embed", { input: "Once" });
    // One that is refused is none.
    await embed("/v1/embeddings", { input: "word ".repeat(2000) });
    const samples = await scrape(cria);
    expect(samples.get(`cria_embeddings_total{${model}}`)).toBe(3);
    expect(samples.get(`cria_embedded_tokens_total{${model}}`)).toBe((usage?.prompt_tokens ?? 0) + (ollama ?? 0));
    expect(samples.get(`cria_prompt_tokens_total{${model}}`)).toBeUndefined();
  });

  it("counts replies, tokens, waits and gaps", async () => {
    const server = await scripted({ tokensPerSecond: 1000, sequences: 1 });
    // Both are there before the model is loaded, so the second has to wait for the first.
    const client = await server.connect();
    const request = { modelId: "alpaca.demo", prompt: "Hello", sampling: { maxTokens: 20 } };
    const replies = await Promise.all([0, 1].map(() => client.request("generation:start", request)));
    await Promise.all(replies.map(({ generationId }) => client.follow(generationId)));
    await Promise.all(replies.map(({ generationId }) => client.untilEnd(generationId)));
    const samples = await scrape(server);
    expect(samples.get(`cria_generations_total{${model},stop_reason="length"}`)).toBe(2);
    expect(samples.get(`cria_generated_tokens_total{${model}}`)).toBe(40);
    expect(samples.get(`cria_time_to_first_token_seconds_count{${model}}`)).toBe(2);
    expect(samples.get(`cria_inter_token_seconds_count{${model}}`)).toBe(38);
    expect(samples.get(`cria_queue_seconds_count{${model}}`)).toBe(2);
    expect(samples.get(`cria_worker_starts_total{${model}}`)).toBe(1);
    expect(samples.get("cria_sockets")).toBe(1);
    expect(samples.get('cria_resident_memory_bytes{process="server"}')).toBeGreaterThan(1e7);
    expect(samples.get('cria_active_generations{phase="answering"}')).toBe(0);
    expect(samples.get(`cria_queue_seconds_sum{${model}}`)).toBeGreaterThan(0);
  });

  it("counts what was in the KV cache, and the engine's own figures", async () => {
    cria = await TestServer.start();
    for (let round = 0; round < 2; round++) {
      const { client, id } = await start(cria, 8, "One two three four five six seven");
      await client.untilEnd(id);
    }
    const samples = await scrape(cria);
    const prompt = samples.get(`cria_prompt_tokens_total{${model}}`) ?? 0;
    expect(samples.get(`cria_prompt_tokens_cached_total{${model}}`)).toBe(prompt / 2 - 1);
    expect(samples.get(`cria_kv_cache_tokens{${model}}`)).toBeGreaterThan(prompt / 2);
    expect(samples.get(`cria_worker_threads{${model}}`)).toBe(1);
    // The first token of a prompt that is read comes with its last slice.
    expect(samples.get(`cria_batches{${model},sequences="1"}`)).toBeGreaterThanOrEqual(15);
    expect(samples.get('cria_resident_memory_bytes{process="alpaca.demo"}')).toBeGreaterThan(1e7);
  });

  it("counts what was copied from another lane, too", async () => {
    const server = await TestServer.start();
    cria = server;
    const prompt = "The cat sat on the mat and looked at the dog. ".repeat(12);
    const replies = await Promise.all([1, 2, 3].map((name) => start(server, 8, `${prompt}${name}`)));
    await Promise.all(replies.map(({ client, id }) => client.untilEnd(id)));
    const samples = await scrape(server);
    const promptTokens = (samples.get(`cria_prompt_tokens_total{${model}}`) ?? 0) / 3;
    expect(promptTokens).toBeGreaterThan(100);
    const cachedTokens = samples.get(`cria_prompt_tokens_cached_total{${model}}`);
    expect(cachedTokens).toBeGreaterThan((promptTokens - 10) * 2);
    expect(cachedTokens).toBeLessThan(promptTokens * 2);
    expect((await status(server)).totals.cachedTokens).toBe(cachedTokens);
  });

  it("has the metrics that the docs list, and no others", async () => {
    const server = await scripted({});
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const docs = await readFile(join(packagePath, "docs", "observability.md"), "utf8");
    const listed = [...docs.matchAll(/^\| `(cria_\S+)` +\| (\w+) +\|/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(listed.sort()).toEqual(names.sort());
  });

  it("counts a prompt when it is read, and none that was stopped in the queue", async () => {
    const server = await scripted({ sequences: 1, tokensPerSecond: 200 });
    const first = await start(server, 1_000_000);
    await first.client.untilText(first.id);
    const second = await start(server, 5, "Nobody reads this one");
    await second.client.until(second.id, (events) =>
      events.some((event) => event.type === "phase" && event.phase.phase === "queued"),
    );
    await second.client.request("generation:stop", { generationId: second.id });
    await second.client.untilEnd(second.id);
    const { totals } = await status(server);
    expect(totals.promptTokens).toBe((await status(server)).generations[0]?.promptTokens);
    expect((await scrape(server)).get(`cria_prompt_tokens_total{${model}}`)).toBe(totals.promptTokens);
    await first.client.request("generation:stop", { generationId: first.id });
    await first.client.untilEnd(first.id);
    expect((await status(server)).totals.promptTokens).toBe(totals.promptTokens);
  });

  it("counts tokens while they come, and begins with no deaths", async () => {
    const server = await scripted({ tokensPerSecond: 200 });
    const { client, id } = await start(server, 1_000_000);
    await client.untilText(id);
    const first = (await scrape(server)).get(`cria_generated_tokens_total{${model}}`) ?? 0;
    expect(first).toBeGreaterThan(0);
    await client.until(id, (events) => events.filter(({ type }) => type === "text").length > 5);
    const samples = await scrape(server);
    expect(samples.get(`cria_generated_tokens_total{${model}}`)).toBeGreaterThan(first);
    expect(samples.get(`cria_worker_deaths_total{${model}}`)).toBe(0);
    await client.request("generation:stop", { generationId: id });
    await client.untilEnd(id);
  });

  it("counts workers that died, and replies that failed", async () => {
    const server = await scripted({ fault: "dieWhileAnswering" });
    const { client, id } = await start(server, 20);
    const { events } = await client.untilEnd(id);
    const samples = await scrape(server);
    expect(samples.get(`cria_worker_deaths_total{${model}}`)).toBe(1);
    // What was shown before it died was written all the same.
    const shown = events.reduce((sum, event) => sum + (event.type === "text" ? event.tokenCount : 0), 0);
    expect(shown).toBeGreaterThan(0);
    expect(samples.get(`cria_generated_tokens_total{${model}}`)).toBe(shown);
    expect((await status(server)).totals.generatedTokens).toBe(shown);
    expect(samples.get(`cria_generations_total{${model},stop_reason="error"}`)).toBe(1);
  });
});

describe("GET /api/slots", () => {
  it("shows who runs where, who waits, and nothing by which one could read along", async () => {
    const server = await scripted({ sequences: 1, tokensPerSecond: 200 });
    const first = await start(server, 1_000_000);
    // Between two of its tokens there is a gap to be shown.
    await first.client.until(first.id, (events) => events.filter(({ type }) => type === "text").length > 2);
    const second = await start(server, 5);
    await second.client.until(second.id, (events) =>
      events.some((event) => event.type === "phase" && event.phase.phase === "queued"),
    );
    const shown = await status(server);
    expect(shown.generations).toMatchObject([
      { number: 1, modelId: "alpaca.demo", phase: "answering", lane: 0, promptTokens: 2 },
      { number: 2, phase: "queued", position: 1, generatedTokens: 0, tokensPerSecond: 0 },
    ]);
    expect(shown.generations[0]?.generatedTokens).toBeGreaterThan(0);
    expect(shown.models).toMatchObject([{ modelId: "alpaca.demo", lanes: [{ generation: 1 }], waiting: 1 }]);
    expect(JSON.stringify(shown)).not.toContain(first.id);
    for (const { client, id } of [first, second]) {
      await client.request("generation:stop", { generationId: id });
      await client.untilEnd(id);
    }
    const after = await status(server);
    expect(after.generations).toEqual([]);
    expect(after.recent.ttftMs?.p95).toBeGreaterThan(0);
    expect(after.recent.gapMs?.p50).toBeGreaterThan(0);
    expect(after.totals).toMatchObject({ workerStarts: 1, workerDeaths: 0 });
    expect(after.totals.generatedTokens).toBeGreaterThanOrEqual(shown.generations[0]?.generatedTokens ?? 1);
  });

  it("shows models without figures while their worker cannot answer", async () => {
    const server = await scripted({});
    const { client, id } = await start(server, 1_000_000);
    await client.untilText(id);
    process.kill(server.server.pool.processId("alpaca.demo") ?? 0, "SIGSTOP");
    const shown = await status(server);
    expect(shown.models).toEqual([
      {
        modelId: "alpaca.demo",
        processId: expect.any(Number),
        plan: expect.objectContaining({ weightsBytes: 7_255_040 }),
      },
    ]);
    expect(shown.generations).toMatchObject([{ phase: "answering" }]);
  });
});
