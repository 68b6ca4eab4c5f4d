import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { EventStream } from "./EventStream.js";

describe("an event stream", () => {
  /** A server that answers with one stream; its client gets the address. */
  async function serve(write: (stream: EventStream) => void, options: ConstructorParameters<typeof EventStream>[1]) {
    let gone = () => {};
    const closed = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const server = createServer((_request, response) => {
      response.once("close", gone);
      write(new EventStream(response, options));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return { port, closed, close: () => server.close() };
  }

  it("shows that it is alive while there is nothing to say", async () => {
    let stream: EventStream | undefined;
    const { port, close } = await serve(
      (opened) => {
        stream = opened;
      },
      { keepAliveMs: 20 },
    );
    const response = await fetch(`http://127.0.0.1:${port}/`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/^(: keep-alive\n\n)+$/);
    stream?.send({ a: 1 });
    stream?.end("[DONE]");
    let rest = "";
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) rest += piece.value;
    expect(rest.replaceAll(": keep-alive\n\n", "")).toBe('data: {"a":1}\n\ndata: [DONE]\n\n');
    close();
  });

  it("cuts off a client that does not read", async () => {
    const { port, closed, close } = await serve(
      (stream) => {
        const timer = setInterval(() => {
          for (let piece = 0; piece < 100; piece++) stream.send({ text: "x".repeat(10_000) });
        }, 1);
        void closed.then(() => clearInterval(timer));
      },
      { maxUnreadBytes: 1_000_000 },
    );
    const lazy = request({ port, host: "127.0.0.1" }, (response) => response.pause());
    lazy.on("error", () => {});
    lazy.end();
    await closed;
    lazy.destroy();
    close();
  });
});
