import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { npmClientFrames, pageFrames } from "../socket/dalai/fixtures/recordedFrames.js";
import { PollingConnection } from "./PollingConnection.js";
import { TestServer } from "./TestServer.js";

const end = "\n\n<end>";
let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start();
});
afterAll(() => cria.close());

describe("the recorded clients", () => {
  /** Sends a recorded frame and gives the pieces of its answer, which must come as `result` and `response` in turn. */
  async function replay(connection: PollingConnection, frame: string): Promise<string[]> {
    await connection.send(frame);
    const frames = await connection.until((message) => message === `42["response",${JSON.stringify(end)}]`);
    const events = frames.filter((message) => message.startsWith("42")).map((message) => JSON.parse(message.slice(2)));
    const own = events.filter(([name]) => name === "result" || name === "response");
    const request = JSON.parse(frame.slice(2))[1];
    const pieces: string[] = [];
    for (let index = 0; index < own.length; index += 2) {
      const piece = own[index]?.[1].response;
      expect(own[index]).toEqual([
        "result",
        { response: piece, request: { ...request, models: request.models ?? [] } },
      ]);
      expect(own[index + 1]).toEqual(["response", piece]);
      pieces.push(piece);
    }
    return pieces;
  }

  it("[DA2] serve Dalai's npm client", async () => {
    const connection = await PollingConnection.open(cria.url);
    expect(await replay(connection, npmClientFrames.installed)).toEqual(["alpaca.demo", end]);

    const pieces = await replay(connection, npmClientFrames.prompt);
    expect(pieces.slice(0, 2)).toEqual(["\r\n", "Once upon a time"]);
    expect(pieces.slice(2, -1).join("")).toMatch(/\w/);

    const encoded = await replay(connection, npmClientFrames.bareName);
    expect(encoded.slice(0, 3)).toEqual(["<br>", "(7B is not installed: alpaca.demo answers.)<br>", "Once upon"]);

    const debugged = (await replay(connection, npmClientFrames.debug)).join("");
    expect(debugged).toContain("sampling parameters: temp = 0.1, top_k = 40, top_p = 0.95");
    expect(debugged).toMatch(/eval time = [\d.]+ ms \/ 3 tokens/);
  });

  it("[DA2] serve Dalai's page: names, a reply, Cancel, and the request after a reload", async () => {
    const connection = await PollingConnection.open(cria.url);
    expect(await replay(connection, pageFrames.installed)).toEqual(["alpaca.demo", end]);
    const pieces = await replay(connection, pageFrames.prompt);
    expect(pieces[1]).toContain("### Instruction:\nWho are you?");
    expect(pieces.slice(2, -1).join("")).not.toBe("");

    await connection.send(pageFrames.longPrompt);
    await connection.until((message) => message.startsWith('42["response"') && message.includes("<img src=x"));
    await connection.send(pageFrames.stop);
    await connection.until((message) => message === `42["response",${JSON.stringify(end)}]`);

    const again = await replay(connection, pageFrames.reloaded);
    expect(again[1]).toContain("### Instruction:");
    expect(again.slice(2, -1).join("")).not.toBe("");
  });
});
