import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import express from "express";
import { expect, it } from "vitest";
import { answerInTurn } from "./answerInTurn.js";
import { cutUnread } from "./cutUnread.js";

/** More than the system takes for a connection that is not read. */
const big = "x".repeat(32 << 20);

async function withServer(unreadMs: number, run: (port: number, closed: Promise<void>) => Promise<void>) {
  const app = express();
  let tellClosed = () => {};
  const closed = new Promise<void>((resolve) => {
    tellClosed = resolve;
  });
  app.use(answerInTurn, cutUnread(unreadMs));
  app.get("/big", (_request, response) => {
    response.once("close", tellClosed);
    response.send(big);
  });
  app.get("/late", (_request, response) => {
    setTimeout(() => response.send("late"), unreadMs * 4);
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    await run((server.address() as AddressInfo).port, closed);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

it("[T22] cuts a connection that takes nothing of its answer", () =>
  withServer(100, async (port, closed) => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.pause().write("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    await closed;
    const gone = new Promise((resolve) => socket.once("close", resolve));
    socket.resume();
    await gone;
    expect(socket.bytesRead).toBeLessThan(big.length);
  }));

it("waits for an answer that is being made", () =>
  withServer(50, async (port) => {
    expect(await (await fetch(`http://127.0.0.1:${port}/late`)).text()).toBe("late");
    // The same connection is still good for the next one.
    expect(await (await fetch(`http://127.0.0.1:${port}/late`)).text()).toBe("late");
  }));

it("cuts nobody who reads", () =>
  withServer(10_000, async (port, closed) => {
    expect((await (await fetch(`http://127.0.0.1:${port}/big`)).text()).length).toBe(big.length);
    await closed;
  }));
