import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start();
});
afterAll(() => cria.close());

it("[T10] [T13] an import that unpacks, or is made to keep the parser busy, is refused", async () => {
  const send = (body: string | Uint8Array<ArrayBuffer>, headers: { [name: string]: string } = {}) =>
    fetch(`${cria.url}/api/import`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
  expect((await send(gzipSync("[]"), { "content-encoding": "gzip" })).status).toBe(415);
  const deep = await send("[".repeat(30_000_000));
  expect([deep.status, await deep.json()]).toMatchObject([
    400,
    { error: { message: expect.stringContaining("nested") } },
  ]);
  expect(await (await send("[]")).json()).toEqual({ conversations: [], outcomes: [] });
});
