import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../http/docs/operations.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
let description: { [key: string]: unknown };
beforeAll(async () => {
  cria = await TestServer.start();
  description = (await (await fetch(`${cria.url}/openapi.json`)).json()) as typeof description;
});
afterAll(() => cria.close());

/** Every value under a key of that name, wherever it stands. */
function everywhere(value: unknown, key: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key ? [inner] : []),
    ...everywhere(inner, key),
  ]);
}

describe("the OpenAPI description", () => {
  it("names its version and what it describes, each operation once", () => {
    expect(description).toMatchObject({ openapi: "3.1.1", info: { title: "Cria" } });
    const ids = everywhere(description.paths, "operationId");
    expect(ids).toHaveLength(operations.length);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has a schema for every reference", () => {
    const { schemas } = description.components as { schemas: object };
    const references = everywhere(description, "$ref").map(String);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) expect(Object.keys(schemas)).toContain(reference.split("/").at(-1));
  });

  it("has the limits that validate: they are the same schemas", () => {
    const request = Reflect.get((description.components as { schemas: object }).schemas, "ChatCompletionRequest");
    expect(everywhere(request, "temperature")[0]).toMatchObject({
      anyOf: expect.arrayContaining([{ type: "number", minimum: 0, maximum: 5 }]),
    });
    expect(request).toMatchObject({ additionalProperties: false, required: ["model", "messages"] });
  });

  it("has examples that work", async () => {
    for (const { method, path, request, example, stream } of operations) {
      if (example === undefined || request === undefined) continue;
      expect(request.schema.safeParse(example).success).toBe(true);
      const response = await fetch(`${cria.url}${path}`, {
        method,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(example),
      });
      expect([path, response.status]).toEqual([path, 200]);
      const streamed = !(response.headers.get("content-type") ?? "").startsWith("application/json");
      expect([path, streamed]).toEqual([path, stream !== undefined]);
      await response.text();
    }
  });

  it("describes every route that there is under /v1, and Ollama's", async () => {
    for (const { method, path } of operations) {
      const response = await fetch(`${cria.url}${path.replace("{model}", "alpaca.demo")}`, {
        method,
        ...(method === "post" ? { headers: { "content-type": "application/json" }, body: "{}" } : {}),
      });
      expect([path, response.status]).not.toEqual([path, 404]);
      await response.text();
    }
  });
});

it("the page is served under its short name, with the content policy of the other", async () => {
  const response = await fetch(`${cria.url}/docs`);
  expect(response.headers.get("content-security-policy")).toContain("script-src 'self'");
  // The page itself is built by Vite; the browser tests look at it.
  expect([200, 404]).toContain(response.status);
});
