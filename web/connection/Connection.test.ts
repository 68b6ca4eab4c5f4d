// @vitest-environment node

import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { afterEach, describe, expect, it } from "vitest";
import { type Connection, type ConnectionStatus, openConnection } from "./Connection.js";

let http: HttpServer;
let io: Server;
let connection: Connection;

/** A real socket.io server that answers as a test says. */
async function serve(
  answer: (name: string, request: unknown, acknowledge: (result: unknown) => void) => void,
  port = 0,
) {
  http = createServer();
  io = new Server(http);
  io.on("connection", (socket) => socket.onAny((name, request, acknowledge) => answer(name, request, acknowledge)));
  await new Promise<void>((resolve) => http.listen(port, "127.0.0.1", resolve));
  return (http.address() as AddressInfo).port;
}

afterEach(async () => {
  connection.close();
  await io.close();
});

function untilStatus(wanted: ConnectionStatus): Promise<void> {
  return new Promise((resolve) => {
    const stop = connection.onStatus((status) => {
      if (status !== wanted) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

const info = { version: "1", protocolVersion: 1, homePath: "/" };

describe("openConnection", () => {
  it("gives what the server answers, good or bad", async () => {
    const refused = { ok: false, error: { code: "not_found", message: "No." } };
    const port = await serve((name, _request, acknowledge) =>
      acknowledge(name === "server:info" ? { ok: true, data: info } : refused),
    );
    connection = openConnection({ url: `http://127.0.0.1:${port}` });
    expect(await connection.request("server:info", {})).toEqual({ ok: true, data: info });
    expect(await connection.request("model:list", {})).toEqual(refused);
  });

  it("says that the server cannot be reached, and is there as soon as it can", async () => {
    const port = await serve(() => {});
    await io.close();
    connection = openConnection({ url: `http://127.0.0.1:${port}` });
    const heard: ConnectionStatus[] = [];
    connection.onStatus((status) => heard.push(status));
    await untilStatus("unreachable");
    await serve(() => {}, port);
    await untilStatus("connected");
    const lost = untilStatus("reconnecting");
    io.disconnectSockets(true);
    await lost;
    expect(heard.slice(0, 4)).toEqual(["connecting", "unreachable", "connected", "reconnecting"]);
  });

  it("sends a request that was cut off again, with the same id, once the line is back", async () => {
    const seen: unknown[] = [];
    const port = await serve((_name, request, acknowledge) => {
      seen.push(request);
      if (seen.length === 1) io.disconnectSockets(true);
      else acknowledge({ ok: true, data: info });
    });
    connection = openConnection({ url: `http://127.0.0.1:${port}` });
    const request = { requestId: "r1234567", modelId: "alpaca.demo", text: "hi" };
    expect((await connection.request("chat:send", request)).ok).toBe(true);
    expect(seen).toEqual([request, request]);
  });

  it("sends a request that was made while the line was down once, not twice", async () => {
    const port = await serve(() => {});
    connection = openConnection({ url: `http://127.0.0.1:${port}` });
    await untilStatus("connected");
    const down = untilStatus("reconnecting");
    await io.close();
    await down;
    const answer = connection.request("server:info", {});
    let times = 0;
    await serve((_name, _request, acknowledge) => {
      times += 1;
      acknowledge({ ok: true, data: info });
    }, port);
    expect((await answer).ok).toBe(true);
    expect((await connection.request("server:info", {})).ok).toBe(true);
    expect(times).toBe(2);
  });

  it("sends what is asked for because the line is there once, not twice", async () => {
    const seen: string[] = [];
    const port = await serve((name, _request, acknowledge) => {
      seen.push(name);
      acknowledge({ ok: true, data: info });
    });
    connection = openConnection({ url: `http://127.0.0.1:${port}` });
    const atFirst = connection.request("server:info", {});
    const asked = new Promise<void>((resolve) => {
      connection.onStatus((status) => {
        if (status === "connected") void connection.request("model:list", {}).then(() => resolve());
      });
    });
    await Promise.all([atFirst, asked]);
    // A second one of either would have come before this.
    await connection.request("settings:get", {});
    expect(seen.toSorted()).toEqual(["model:list", "server:info", "settings:get"]);
  });

  it("says so when no answer comes in time, and takes no late one", async () => {
    const port = await serve(() => {});
    connection = openConnection({ url: `http://127.0.0.1:${port}` });
    await untilStatus("connected");
    const result = await connection.request("server:info", {}, { timeoutMs: 50 });
    expect(result).toMatchObject({ ok: false, error: { code: "request_timeout" } });
  });

  it("says that the connection is lost when there is no server at all", async () => {
    const port = await serve(() => {});
    await io.close();
    connection = openConnection({ url: `http://127.0.0.1:${port}` });
    const result = await connection.request("server:info", {}, { timeoutMs: 50 });
    expect(result).toMatchObject({ ok: false, error: { code: "connection_lost" } });
  });

  it("passes on what the server sends by itself, until one no longer listens", async () => {
    const port = await serve((_name, _request, acknowledge) => {
      io.emit("conversation:deleted", { conversationId: "c1" });
      acknowledge({ ok: true, data: {} });
    });
    connection = openConnection({ url: `http://127.0.0.1:${port}` });
    const heard: string[] = [];
    const stop = connection.on("conversation:deleted", ({ conversationId }) => heard.push(conversationId));
    await connection.request("conversation:delete", { conversationId: "c1" });
    stop();
    await connection.request("conversation:delete", { conversationId: "c1" });
    expect(heard).toEqual(["c1"]);
  });
});

describe("a server that asks for a token", () => {
  it("is left alone after its refusal, and whoever opened the line is told", async () => {
    const port = await serve(() => {});
    io.use((_socket, next) =>
      next(Object.assign(new Error("No."), { data: { code: "unauthorized", message: "No." } })),
    );
    await new Promise<void>((resolve) => {
      connection = openConnection({ url: `http://127.0.0.1:${port}`, onUnauthorized: resolve });
    });
  });
});
