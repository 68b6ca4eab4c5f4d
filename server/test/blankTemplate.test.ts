import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installTemplateModel } from "./installTemplateModel.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start(async (homePath) => {
    await installTemplateModel(homePath, "blank", " \n");
    await installTemplateModel(homePath, "silent", "{# a comment #}");
  });
});
afterAll(() => cria.close());

const chat = async (model: string) => {
  const body = { model, messages: [{ role: "user", content: "Tell me a story about a dog." }], max_tokens: 4 };
  const response = await fetch(`${cria.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as object };
};

describe("a model whose chat template says nothing", () => {
  it("is asked in Alpaca's frames where the template is blank, as one that has none", async () => {
    const { status, body } = await chat("test.blank");
    expect(status).toBe(200);
    const { usage } = body as { usage: { prompt_tokens: number } };
    expect(usage.prompt_tokens).toBeGreaterThan(20);
  });

  it("answers with an error where the template leaves out what was said", async () => {
    expect(await chat("test.silent")).toMatchObject({
      status: 400,
      body: { error: { code: "prompt_template_failed", message: expect.stringContaining("makes nothing") } },
    });
  });
});
