import { afterEach, describe, expect, it } from "vitest";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { type TestClient, TestServer } from "../test/TestServer.js";

let cria: TestServer | undefined;
afterEach(async () => {
  await cria?.close();
  cria = undefined;
});

/** The TCP connection under a client's socket, to stop and go on reading as a slow network does. */
function connectionOf(client: TestClient): { pause(): void; resume(): void } {
  const transport: unknown = client.socket.io.engine.transport;
  const { ws } = transport as { ws: { _socket: { pause(): void; resume(): void } } };
  return ws._socket;
}

describe("a reader that does not keep up", () => {
  it("[GL3] costs the server no memory for what it has not read, and misses nothing", async () => {
    const [count, pieceLength] = [200, 60_000];
    cria = await TestServer.start(undefined, {
      worker: { program: scriptedProgram({ pieceLength, tokensPerSecond: 2000 }) },
    });
    const [slow, watcher] = [await cria.connect(), await cria.connect()];
    const { generationId } = await slow.request("generation:start", {
      modelId: "alpaca.demo",
      prompt: "Hello",
      sampling: { maxTokens: count },
    });
    await slow.follow(generationId);
    await slow.untilText(generationId);
    connectionOf(slow).pause();
    await watcher.follow(generationId);
    const whole = await watcher.untilEnd(generationId);
    expect(whole.text).toHaveLength(count * pieceLength);

    const { engine } = cria.server.io;
    const clients: unknown = Reflect.get(engine, "clients");
    const waiting = Object.values(clients as Record<string, { writeBuffer: unknown[] }>).map(
      ({ writeBuffer }) => writeBuffer.length,
    );
    expect(Math.max(...waiting)).toBeLessThanOrEqual(4);

    connectionOf(slow).resume();
    // Compared here: nobody wants to see the difference of two texts of this size.
    expect((await slow.untilEnd(generationId)).text === whole.text).toBe(true);
  });
});
