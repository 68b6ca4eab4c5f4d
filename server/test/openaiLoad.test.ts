import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectGeneration } from "../http/collectGeneration.js";
import { TestServer } from "./TestServer.js";

describe("a hundred streams at the same time", () => {
  let cria: TestServer;
  beforeAll(async () => {
    cria = await TestServer.start();
  });
  afterAll(() => cria.close());

  it("all end, in order, none mixed with another", async () => {
    const client = new OpenAI({ baseURL: `${cria.url}/v1`, apiKey: "none", maxRetries: 0 });
    const made: Promise<string>[] = [];
    const end = cria.server.generations.onStart((generation) => {
      made.push(collectGeneration(generation).then(({ text }) => text));
    });
    const streams = Array.from({ length: 100 }, async (_, number) => {
      const prompt = `Story number ${number}: One day, a little`;
      const stream = await client.completions.create({
        model: "alpaca.demo",
        prompt,
        echo: true,
        temperature: 1,
        max_tokens: 24,
        stream: true,
      });
      let text = "";
      const ids = new Set<string>();
      for await (const chunk of stream) {
        text += chunk.choices[0]?.text ?? "";
        ids.add(chunk.id);
      }
      expect(ids.size).toBe(1);
      expect(text.startsWith(prompt)).toBe(true);
      return text;
    });
    const texts = await Promise.all(streams);
    end();
    expect(new Set(texts).size).toBe(100);
    expect([...texts].sort()).toEqual((await Promise.all(made)).sort());
    expect(cria.server.generations.runningCount).toBe(0);
  }, 240_000);
});
