import { join } from "node:path";
import { Cria, dalaiEndMarker } from "cria";
import { connect } from "cria/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addToken, revokeToken } from "../access/tokenFile.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { randomId } from "../platform/randomId.js";
import { TestServer } from "./TestServer.js";

/** A server that wants a token, with an engine that answers by the clock. */
let cria: TestServer;
let secret: string;
const tokensPath = () => join(cria.homePath, "tokens.json");
beforeAll(async () => {
  cria = await TestServer.start(
    async (home) => {
      secret = (await addToken(join(home, "tokens.json"), { name: "ann", mine: true })).secret;
    },
    { worker: { program: scriptedProgram({ tokensPerSecond: 50 }) } },
    { host: "0.0.0.0" },
  );
});
afterAll(() => cria.close());

it("[CO3] [CL8] shows its token, and says at once when it is none that counts", async () => {
  await expect(connect(cria.url)).rejects.toMatchObject({ code: "unauthorized", hint: expect.any(String) });
  await expect(connect(cria.url, { token: "wrong" })).rejects.toMatchObject({ code: "unauthorized" });
  const client = await connect(cria.url, { token: secret });
  expect((await client.models()).map(({ id }) => id)).toEqual(["alpaca.demo"]);
  client.close();
});

it("[DA2] requests in Dalai's words show a token too", async () => {
  const program = new Cria(cria.homePath, { logLevel: "silent" });
  const answer = async (token?: string) => {
    const pieces: string[] = [];
    const request = { url: cria.url, prompt: "Hi", n_predict: 2, ...(token === undefined ? {} : { token }) };
    await program.request(request, (piece) => pieces.push(piece));
    return pieces;
  };
  expect(await answer()).toEqual([expect.stringContaining("token"), dalaiEndMarker]);
  expect((await answer(secret)).slice(0, 2)).toEqual(["\r\n", "Hi"]);
  await program.close();
});

it("[CO3] [CL8] hears that its token was revoked, and keeps the text so far", async () => {
  const bob = await addToken(tokensPath(), { name: `bob ${randomId()}`, mine: true });
  const client = await connect(cria.url, { token: bob.secret });
  const reply = client.generate({ model: "alpaca.demo", prompt: "Hi", maxTokens: 1000, ignoreEos: true });
  const iterator = reply[Symbol.asyncIterator]();
  await iterator.next();
  await revokeToken(tokensPath(), bob.token.id);
  const error: unknown = await reply.result.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "unauthorized", text: reply.text });
  expect(reply.text).not.toBe("");
  await expect(client.models()).rejects.toMatchObject({ code: "unauthorized" });
  client.close();
});
