import { get as httpGet } from "node:http";
import { io } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requestSchemas } from "../protocol/events.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start();
});
afterAll(() => cria.close());

describe("requests", () => {
  it("[RQ1] are acknowledged once, with data or an error", async () => {
    const client = await cria.connect();
    let answers = 0;
    const emit = client.socket.emit.bind(client.socket) as (...args: unknown[]) => void;
    const first = await new Promise((resolve) =>
      emit("model:list", {}, (result: unknown) => {
        answers++;
        resolve(result);
      }),
    );
    await client.request("server:info", {});
    expect(first).toMatchObject({
      ok: true,
      data: { models: [{ id: "alpaca.demo", demo: true, contextTokens: 512 }] },
    });
    expect(answers).toBe(1);
  });

  it("[RQ2] name the field that is wrong", async () => {
    const client = await cria.connect();
    const result = await client.ask("generation:start", {
      modelId: "alpaca.demo",
      prompt: "x",
      sampling: { temperature: -1 },
    });
    expect(result).toMatchObject({ ok: false, error: { code: "bad_request", field: "sampling.temperature" } });
    expect(await client.ask("generation:start", { modelId: "alpaca.demo" })).toMatchObject({
      ok: false,
      error: { field: "messages" },
    });
  });

  it("[T11] refuse every number that is none", async () => {
    const client = await cria.connect();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, "5", 2 ** 53, null, {}, []])
      for (const field of [
        "temperature",
        "topK",
        "topP",
        "minP",
        "repeatPenalty",
        "repeatLastTokens",
        "maxTokens",
        "seed",
      ]) {
        const result = await client.ask("generation:start", {
          modelId: "alpaca.demo",
          prompt: "x",
          sampling: { [field]: value },
        });
        expect({ field, value, result }).toMatchObject({ result: { ok: false, error: { code: "bad_request" } } });
      }
  });

  it("[T9] do not reach into prototypes", async () => {
    const client = await cria.connect();
    const emit = client.socket.emit.bind(client.socket) as (...args: unknown[]) => void;
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const result = await new Promise((resolve) => emit(name, {}, resolve));
      expect(result).toMatchObject({ ok: false, error: { code: "bad_request" } });
    }
    await client.ask(
      "model:list",
      JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
    );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("[T10] of any shape leave the server alive and get a clear answer", async () => {
    const client = await cria.connect();
    const emit = client.socket.emit.bind(client.socket) as (...args: unknown[]) => void;
    const payloads = [
      undefined,
      null,
      0,
      "",
      "x",
      [],
      [[]],
      {},
      { text: 5 },
      true,
      Buffer.from([1, 2, 3]),
      "x".repeat(300_000),
    ];
    for (const name of Object.keys(requestSchemas))
      for (const payload of payloads) {
        const result = await new Promise((resolve) => emit(name, payload, resolve));
        expect(result).toHaveProperty("ok");
      }
    emit("model:list");
    emit("model:list", {});
    emit("nonsense", {}, {}, {});
    expect(await client.request("server:info", {})).toHaveProperty("version");
  });

  it("[T6] cannot follow or stop what they cannot name", async () => {
    const client = await cria.connect();
    for (const name of ["generation:follow", "generation:stop"] as const) {
      const result = await client.ask(name, { generationId: "guess", afterSeq: 0 });
      expect(result).toMatchObject({ ok: false, error: { code: "generation_not_found" } });
    }
  });
});

describe("a generation without a conversation", () => {
  it("[GS1] continues a text, or answers turns", async () => {
    const client = await cria.connect();
    const requests = [
      { prompt: "Once upon a time" },
      { messages: [{ role: "user" as const, content: "Who are you?" }] },
    ];
    for (const request of requests) {
      const { generationId } = await client.request("generation:start", {
        modelId: "ALPACA.demo",
        ...request,
        sampling: { maxTokens: 12 },
      });
      await client.follow(generationId);
      const { text, end } = await client.untilEnd(generationId);
      expect(text).not.toBe("");
      expect(end.stats?.generatedTokens).toBeLessThanOrEqual(12);
    }
    expect(await client.ask("generation:start", { modelId: "llama.7B", prompt: "x" })).toMatchObject({
      ok: false,
      error: { code: "model_not_found", hint: expect.stringContaining("alpaca.demo") },
    });
  });
});

describe("who may connect", () => {
  const attempt = (headers: Record<string, string>, transports: ("websocket" | "polling")[]) =>
    new Promise<string>((resolve) => {
      const socket = io(cria.url, { transports, extraHeaders: headers, forceNew: true, reconnection: false });
      const finish = (outcome: string) => {
        socket.disconnect();
        resolve(outcome);
      };
      socket.once("connect", () => finish("connected"));
      socket.once("connect_error", () => finish("refused"));
    });

  it.each(["websocket", "polling"] as const)("[T2] a page of another site may not, over %s", async (transport) => {
    expect(await attempt({ origin: "https://evil.com" }, [transport])).toBe("refused");
    expect(await attempt({ origin: "null" }, [transport])).toBe("refused");
    expect(await attempt({ origin: cria.url }, [transport])).toBe("connected");
    expect(await attempt({}, [transport])).toBe("connected");
  });

  it("[T1] nobody may under a foreign name", async () => {
    expect(await attempt({ host: "evil.com" }, ["websocket"])).toBe("refused");
  });

  it("[T1] [T2] every request of a connection is asked, also with its id, and none is answered as a script", async () => {
    const polling = "/socket.io/?EIO=4&transport=polling";
    const get = (path: string, headers: { [name: string]: string } = {}) =>
      new Promise<{ status: number | undefined; policy: unknown; text: string }>((resolve, reject) => {
        const request = httpGet(`${cria.url}${path}`, { headers, agent: false }, (response) => {
          let text = "";
          response.on("data", (chunk) => (text += chunk));
          response.on("end", () =>
            resolve({ status: response.statusCode, policy: response.headers["cross-origin-resource-policy"], text }),
          );
        });
        request.on("upgrade", () => reject(new Error("upgraded")));
        request.on("error", reject);
      });
    const opened = await get(polling);
    expect(opened).toMatchObject({ status: 200, policy: "same-origin" });
    const id = /"sid":"([^"]+)"/.exec(opened.text)?.[1];
    const refused = { status: 403, text: '{"code":4,"message":"Forbidden"}' };
    for (const headers of [{ host: "evil.com" }, { origin: "https://evil.com" }, { "sec-fetch-site": "cross-site" }])
      expect(await get(`${polling}&sid=${id}`, headers)).toMatchObject(refused);
    for (const query of ["j=0", "%6a=0", "%6A", "j"])
      expect([query, await get(`${polling}&${query}`)]).toMatchObject([query, refused]);
    const upgrade = {
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": `${"a".repeat(22)}==`,
    };
    const socket = "/socket.io/?EIO=4&transport=websocket";
    expect(await get(socket, { ...upgrade, host: "evil.com" })).toMatchObject({ status: 403 });
    expect(await get(`${socket}&sid=${id}`, { ...upgrade, origin: "https://evil.com" })).toMatchObject({ status: 403 });
  });

  it("[T3] a form of another site gets nothing", async () => {
    const response = await fetch(`${cria.url}/health`, { headers: { origin: "https://evil.com" } });
    expect([response.status, await response.json()]).toMatchObject([403, { error: { code: "forbidden_origin" } }]);
  });

  it("[T20] every answer carries the content security policy", async () => {
    for (const path of ["/health", "/nothing"]) {
      const { headers } = await fetch(cria.url + path);
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("content-security-policy")).toContain("require-trusted-types-for 'script'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it("an address with nothing says so", async () => {
    const response = await fetch(`${cria.url}/nothing`);
    expect([response.status, await response.json()]).toMatchObject([404, { error: { code: "not_found" } }]);
  });
});
