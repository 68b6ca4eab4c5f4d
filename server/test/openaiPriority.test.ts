import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverStatusSchema } from "../protocol/serverStatus.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
const ended = new AbortController();
beforeAll(async () => {
  cria = await TestServer.start();
});
afterAll(async () => {
  ended.abort();
  await cria.close();
});

/** A request that goes on until the test ends. */
function begin(path: string, body: object): void {
  fetch(`${cria.url}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "alpaca.demo",
      max_tokens: 1_000_000,
      context_shift: true,
      ignore_eos: true,
      ...body,
    }),
    signal: ended.signal,
  }).catch(() => {});
}
const generations = async () =>
  serverStatusSchema.parse(await (await fetch(`${cria.url}/api/slots`)).json()).generations;
/** Where those who wait are, in the order in which they came. */
const positions = async () =>
  (await generations()).filter(({ phase }) => phase === "queued").map(({ position }) => position);

describe("service_tier", () => {
  it("flex waits until nobody waits who watches, in both interfaces", async () => {
    const client = await cria.connect();
    await client.request("model:load", { modelId: "alpaca.demo" });
    const { models } = await client.request("model:list", {});
    const lanes = models.find(({ id }) => id === "alpaca.demo")?.memory?.sequences ?? 0;
    expect(lanes).toBeGreaterThan(0);
    for (let lane = 0; lane < lanes; lane++) begin("completions", { prompt: "One day" });
    await expect
      .poll(async () => (await generations()).filter(({ phase }) => phase === "answering").length, { timeout: 20_000 })
      .toBe(lanes);
    begin("completions", { prompt: "In the background", service_tier: "flex" });
    await expect.poll(positions).toEqual([1]);
    begin("chat/completions", { messages: [{ role: "user", content: "Also there" }], service_tier: "flex" });
    await expect.poll(positions).toEqual([1, 2]);
    begin("completions", { prompt: "Watched", service_tier: "default" });
    await expect.poll(positions).toEqual([2, 3, 1]);
    begin("chat/completions", { messages: [{ role: "user", content: "Watched too" }] });
    await expect.poll(positions).toEqual([3, 4, 1, 2]);
  });
});
