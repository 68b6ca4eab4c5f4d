import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { localPrincipal } from "../access/Principal.js";
import { Generation } from "../chat/Generation.js";
import { MemoryGenerationLog } from "../chat/MemoryGenerationLog.js";
import { type FollowingSocket, GenerationFollower } from "./GenerationFollower.js";
import { whenReady } from "./whenReady.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection that is idle or busy as the test says, and the packets that went out on it. */
function connection() {
  const packets: number[][] = [];
  const transport = Object.assign(new EventEmitter(), { writable: true });
  const socket: FollowingSocket = {
    conn: { transport },
    emit: (_, { events }) => packets.push(events.map(({ seq }) => seq)),
  };
  const generation = new Generation("g", "m", new MemoryGenerationLog(), localPrincipal);
  let ended = false;
  const follower = new GenerationFollower(socket, generation, 0, () => {
    ended = true;
  });
  const say = (count: number) => {
    for (let index = 0; index < count; index++) generation.log.append({ type: "text", text: "x", tokenCount: 1 });
  };
  return { packets, socket, transport, generation, follower, say, ended: () => ended };
}

/** Until the event loop has begun another turn. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it("[GL6] sends an entry at once while the connection is idle", async () => {
  const { packets, say } = connection();
  say(1);
  expect(packets).toEqual([[1]]);
  await nextTurn();
  say(1);
  expect(packets).toEqual([[1], [2]]);
});

it("[GL6] gathers what comes in the same turn of the event loop after the first entry", async () => {
  const { packets, say } = connection();
  say(4);
  expect(packets).toEqual([[1]]);
  await nextTurn();
  expect(packets).toEqual([[1], [2, 3, 4]]);
});

it("[GL6] gathers entries while the connection is busy, and sends them as soon as it is ready", async () => {
  const { packets, transport, say } = connection();
  transport.writable = false;
  say(3);
  vi.advanceTimersByTime(100);
  say(2);
  expect(packets).toEqual([]);
  transport.writable = true;
  transport.emit("ready");
  expect(packets).toEqual([[1, 2, 3, 4, 5]]);
  await nextTurn();
  say(1);
  expect(packets).toEqual([[1, 2, 3, 4, 5], [6]]);
});

it("[GL6] goes on over another transport when the one that it waited for was replaced", () => {
  const { packets, socket, transport, say } = connection();
  transport.writable = false;
  say(1);
  Object.assign(socket.conn, { transport: Object.assign(new EventEmitter(), { writable: true }) });
  vi.advanceTimersByTime(16);
  expect(packets).toEqual([[1]]);
});

it("has one listener on a connection, however many generations wait for it", () => {
  const transport = Object.assign(new EventEmitter(), { writable: false });
  const woken: number[] = [];
  const forget = Array.from({ length: 20 }, (_, index) => whenReady(transport, () => woken.push(index)));
  forget[1]?.();
  expect(transport.listenerCount("ready")).toBe(1);
  transport.emit("ready");
  transport.emit("ready");
  expect(woken).toEqual([0, ...Array.from({ length: 18 }, (_, index) => index + 2)]);
});

it("[GL6] [GL4] does not hold the end back, sends it last, and is done", () => {
  const { packets, transport, generation, say, ended } = connection();
  transport.writable = false;
  say(2);
  generation.end("length");
  say(1);
  expect(packets).toEqual([[1, 2, 3]]);
  expect(ended()).toBe(true);
  vi.advanceTimersByTime(100);
  expect(packets).toHaveLength(1);
});

it("sends nothing more once it is closed", () => {
  const { packets, transport, follower, say } = connection();
  transport.writable = false;
  say(1);
  follower.close();
  say(1);
  vi.advanceTimersByTime(100);
  expect(packets).toEqual([]);
});
