import { existsSync } from "node:fs";
import { connect } from "node:net";
import fc from "fast-check";
import { Pool, WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HostedServer } from "../../bench/HostedServer.js";
import { scriptedProgram } from "../../bench/scriptedProgram.js";
import { operations } from "../../http/docs/operations.js";
import type { RequestName } from "../../protocol/events.js";
import { fastestMs } from "../fastestMs.js";
import { TestClient, temporaryHome } from "../TestServer.js";
import { brokenValue, ownedPath } from "./brokenValue.js";
import { fuzzRuns } from "./fuzzRuns.js";
import { mutatedBytes } from "./mutatedBytes.js";
import { dalaiExample, requestExamples } from "./requestExamples.js";

/** What is refused is refused in this time. */
const refusalMs = 100;
/** What the server's process may grow by while nothing is asked of it that it does. */
const growthBytes = 96e6;

let home: Awaited<ReturnType<typeof temporaryHome>>;
let server: HostedServer;
let http: Pool;
let client: TestClient;
beforeAll(async () => {
  // Whatever an install request names, nobody is asked for it.
  process.env.HF_HUB_OFFLINE = "1";
  home = await temporaryHome();
  const flags = { port: "0", homePath: home.path, logLevel: "silent", open: false, maxThreads: "1", gpu: "off" };
  server = await HostedServer.start(flags, scriptedProgram({ pieces: ["one", " two"], tokensPerSecond: 5000 }));
  http = new Pool(server.url, { connections: 4 });
  client = await TestClient.connect(server.url);
});
afterAll(async () => {
  client.close();
  await http.destroy();
  await server.close();
  await home.remove();
});

/** Runs it after a warm-up and compares what the server holds; then the server still does what it is for. */
async function whileMemoryIsFlat(warmUp: () => Promise<void>, run: () => Promise<void>): Promise<void> {
  await warmUp();
  const before = (await server.figures()).residentBytes;
  await run();
  expect((await server.figures()).residentBytes - before).toBeLessThan(growthBytes);
  const { generationId } = await client.request("generation:start", { modelId: "alpaca.demo", prompt: "Still there?" });
  await client.follow(generationId);
  expect((await client.untilEnd(generationId)).text).toBe("one two");
  client.events.clear();
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(existsSync(ownedPath)).toBe(false);
}

const emit = (...args: unknown[]) => (client.socket.emit as (...args: unknown[]) => void).apply(client.socket, args);

describe("[T8] [T9] [T10] malformed socket packets", () => {
  it("are answered clearly and in time, whatever they hold", async () => {
    const examples = Object.entries(requestExamples) as [RequestName, object][];
    const packet = fc
      .constantFrom(...examples)
      .chain(([name, example]) => fc.tuple(fc.constant(name), brokenValue(example)));
    const property = fc.asyncProperty(packet, async ([name, payload]) => {
      let result: { ok: boolean; error?: { code: string; message: string } } | undefined;
      const ms = await fastestMs(refusalMs, async () => {
        result = await client.ask(name, payload);
      });
      if (result?.ok === true) return;
      expect(result?.error?.code).not.toBe("internal");
      expect(result?.error?.message).toBeTruthy();
      expect(ms).toBeLessThan(refusalMs);
    });
    await whileMemoryIsFlat(
      () => fc.assert(property, { ...fuzzRuns(500, 5000), seed: 1 }),
      () => fc.assert(property, fuzzRuns(2000, 60_000)),
    );
  });

  it("with names and arguments of any kind, answered or not, cost nothing", async () => {
    const property = fc.asyncProperty(
      fc.oneof(fc.string(), fc.constantFrom(...Object.keys(requestExamples), "__proto__", "toString", "constructor")),
      fc.array(fc.oneof(fc.jsonValue(), fc.uint8Array({ maxLength: 50 })), { maxLength: 4 }),
      async (name, args) => {
        emit(`x${name}`, ...args);
        emit(name.startsWith("connect") || name.startsWith("disconnect") ? "model:list" : name, ...args.slice(1));
        expect(await client.ask("server:info", {})).toHaveProperty("ok", true);
      },
    );
    await whileMemoryIsFlat(
      () => fc.assert(property, { ...fuzzRuns(50, 500), seed: 1 }),
      () => fc.assert(property, fuzzRuns(200, 5000)),
    );
  });

  it("in Dalai's words get an answer that ends, and the server lives on", async () => {
    const property = fc.asyncProperty(brokenValue(dalaiExample), async (payload) => {
      emit("request", payload);
      expect(await client.ask("server:info", {})).toHaveProperty("ok", true);
    });
    await whileMemoryIsFlat(
      () => fc.assert(property, { ...fuzzRuns(100, 1000), seed: 1 }),
      () => fc.assert(property, fuzzRuns(400, 10_000)),
    );
  });

  it("that are no packets at all end their own connection and nothing else", async () => {
    const odd = ["", "42", "42[", '42["chat:send"', '421e9["x"]', '451-["model:list",{"_placeholder":true,"num":0}]'];
    const more = ['4599999999-["x"]', "40/other,", "41", "1", "3", "5", "6", "b4AAAA", `42${"[".repeat(10_000)}`, "9"];
    const reserved = ['42["__proto__",{}]', '42["disconnect"]', '42["newListener"]', '42["connect_error",1]', "42null"];
    const frame = fc.oneof(
      fc.constantFrom(...odd, ...more, ...reserved),
      fc.string(),
      fc.uint8Array({ maxLength: 300 }),
      mutatedBytes(Buffer.from('420["generation:start",{"modelId":"alpaca.demo","prompt":"x"}]')).map(({ bytes }) =>
        Buffer.from(bytes).toString("latin1"),
      ),
    );
    const property = fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
      await new Promise<void>((resolve) => {
        socket.onclose = () => resolve();
        socket.onmessage = ({ data }) => {
          if (String(data).startsWith("0")) socket.send("40");
          if (String(data).startsWith("40")) {
            for (const each of frames) socket.send(each);
            socket.send('42777["server:info",{}]');
          }
          // Either it is answered all the same, or it was cut.
          if (String(data).startsWith("43777")) socket.close();
        };
      });
    });
    await whileMemoryIsFlat(
      () => fc.assert(property, { ...fuzzRuns(30, 300), seed: 1 }),
      () => fc.assert(property, fuzzRuns(100, 5000)),
    );
  });
});

interface HttpAttempt {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

const json = { "content-type": "application/json" };
const bodies: [path: string, example: object][] = [
  ...operations.flatMap(({ path, example }): [string, object][] => (example === undefined ? [] : [[path, example]])),
  ["/api/import", [{ title: "x", messages: [{ role: "user", text: "y" }] }]],
  ["/login", { token: "cria_x" }],
];
const wrongJson = fc
  .constantFrom(...bodies)
  .chain(([path, example]) =>
    brokenValue({ ...example, ...(Array.isArray(example) ? {} : { stream: false }) }).map(
      (value): HttpAttempt => ({ method: "POST", path, headers: json, body: JSON.stringify(value) ?? "" }),
    ),
  );
const brokenText = fc.constantFrom(...bodies).chain(([path, example]) =>
  fc
    .tuple(
      mutatedBytes(Buffer.from(JSON.stringify(example))),
      fc.constantFrom("application/json", "text/plain", "application/json; charset=utf-7", "multipart/form-data", "x"),
      fc.constantFrom({}, { "content-encoding": "gzip" }, { "x-cria": "1" }, { "transfer-encoding-x": "1" }),
    )
    .map(
      ([{ bytes }, type, extra]): HttpAttempt => ({
        method: "POST",
        path,
        headers: { "content-type": type, ...extra },
        body: Buffer.from(bytes).toString("latin1"),
      }),
    ),
);
const oddPart = fc.oneof(
  fc.constantFrom(
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%252e%252e",
    "%zz",
    "%",
    "__proto__",
    "CON",
    "a".repeat(5000),
    "%c0%ae",
  ),
  fc.string({ maxLength: 20 }).map((text) => encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, ""))),
);
const oddPath = fc
  .tuple(
    fc.constantFrom(
      "/v1/models/",
      "/api/conversations/",
      "/api/export?format=",
      "/c/",
      "/assets/",
      "/api/",
      "/",
      "/v1/",
    ),
    oddPart,
    fc.constantFrom("", "/export", "?format=markdown", "?preview=1&preview[x]=2"),
    fc.constantFrom("GET" as const, "POST" as const, "PUT" as const, "DELETE" as const),
  )
  .map(
    ([start, part, end, method]): HttpAttempt => ({ method, path: `${start}${part}${end}`, headers: json, body: null }),
  );

describe("[T10] malformed HTTP requests", () => {
  it("are refused clearly and in time, whatever they hold", async () => {
    const attempts = fc.oneof(
      { weight: 5, arbitrary: wrongJson },
      { weight: 2, arbitrary: brokenText },
      { weight: 1, arbitrary: oddPath },
    );
    const property = fc.asyncProperty(attempts, async ({ method, path, headers, body }) => {
      let answer = { status: 0, text: "" };
      const ms = await fastestMs(refusalMs, async () => {
        const response = await http.request({ method, path, headers, body });
        answer = { status: response.statusCode, text: await response.body.text() };
      });
      expect(answer.status).toBeLessThan(500);
      // A method that a folder of files does not know is refused with the status alone.
      if (answer.status < 400 || (answer.status === 405 && answer.text === "")) return;
      expect(JSON.parse(answer.text)).toHaveProperty("error");
      expect(ms).toBeLessThan(refusalMs);
    });
    await whileMemoryIsFlat(
      () => fc.assert(property, { ...fuzzRuns(200, 2000), seed: 1 }),
      () => fc.assert(property, fuzzRuns(800, 17_000)),
    );
  });

  it("that are hardly HTTP end their own connection and nothing else", async () => {
    const { port, host } = new URL(server.url);
    const body = JSON.stringify({ model: "alpaca.demo", prompt: "x", max_tokens: 2 });
    const request = (head: string) => Buffer.from(`${head}\r\nHost: ${host}\r\nConnection: close\r\n`);
    const requests = [
      Buffer.concat([
        request("POST /v1/completions HTTP/1.1"),
        Buffer.from(`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
      ]),
      Buffer.concat([
        request("POST /v1/completions HTTP/1.1"),
        Buffer.from(`Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n0\r\n\r\n`),
      ]),
      Buffer.concat([
        request("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1"),
        Buffer.from("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n"),
      ]),
    ];
    const bytes = fc.oneof(
      fc
        .constantFrom(...requests)
        .chain((whole) => mutatedBytes(whole))
        .map(({ bytes }) => bytes),
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
    );
    const property = fc.asyncProperty(bytes, async (sent) => {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), "127.0.0.1");
        socket.on("error", () => {}).once("close", () => resolve());
        socket.resume().end(sent);
      });
    });
    await whileMemoryIsFlat(
      () => fc.assert(property, { ...fuzzRuns(30, 300), seed: 1 }),
      () => fc.assert(property, fuzzRuns(100, 3000)),
    );
  });
});
