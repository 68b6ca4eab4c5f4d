import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieName } from "../access/readCredential.js";
import { addToken, revokeToken } from "../access/tokenFile.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import { TestClient, TestServer } from "./TestServer.js";

/** A server that others can reach, with two named tokens and an engine that answers by the clock. */
let cria: TestServer;
let alice: string;
let bob: string;
const own = "the-token-of-this-very-run";
const slowWords = { worker: { program: scriptedProgram({ tokensPerSecond: 50 }) } };
beforeAll(async () => {
  cria = await TestServer.start(
    async (home) => {
      alice = (await addToken(join(home, "tokens.json"), { name: "alice", mine: false })).secret;
      bob = (await addToken(join(home, "tokens.json"), { name: "bob", mine: false })).secret;
    },
    slowWords,
    { host: "0.0.0.0", token: own },
  );
});
afterAll(() => cria.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(cria.url + path, { headers, redirect: "manual" });
const cookieOf = (response: Response) => response.headers.get("set-cookie")?.split(";")[0] ?? "";

/** A request with headers that `fetch` would set itself. */
function raw(
  path: string,
  { method = "GET", headers = [], body = "" }: { method?: string; headers?: string[]; body?: string },
): Promise<{ status: number; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: "127.0.0.1", port: cria.server.port, path, method, headers, setHost: false },
      (response) => {
        response.resume();
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

describe("a server that others can reach", () => {
  it.each([
    "/",
    "/c/some-conversation",
    "/v1/models",
    "/prompts",
    "/api/slots",
    "/metrics",
    "/assets/x.js",
    "/nothing",
  ])("[T4] shows nobody %s without a token", async (path) => {
    const response = await get(path);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
    expect((await get(path, bearer("a-wrong-one"))).status).toBe(401);
    expect((await get(path, bearer(alice))).status).not.toBe(401);
  });

  it("[T4] tells everyone that it is healthy, and nothing more", async () => {
    expect(await (await get("/health")).json()).toEqual({ status: "ready" });
  });

  it("[T4] gives a browser a page that asks for the token, and nothing of the real one", async () => {
    const html = await (await get("/", { accept: "text/html" })).text();
    expect(html).toContain('<script src="/login.js"></script>');
    expect(html).not.toContain("/assets/");
    expect(html).not.toMatch(/<script>|style=|onload=/);
    expect((await get("/login.js")).headers.get("content-type")).toContain("javascript");
  });

  it("[T4] takes the token out of a link and puts it into a cookie that no script and no other site can use", async () => {
    const response = await get(`/?token=${alice}`);
    expect([response.status, response.headers.get("location")]).toEqual([303, "/"]);
    expect(response.headers.get("set-cookie")).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect((await get("/v1/models", { cookie: cookieOf(response) })).status).toBe(200);
    const inChat = await get(`/c/abc?token=${alice}`);
    expect([inChat.status, inChat.headers.get("location")]).toEqual([303, "/c/abc"]);
  });

  it("[T4] takes a wrong token out of a link as well, and leaves no cookie", async () => {
    const response = await get("/?token=wrong-wrong-wrong");
    expect([response.status, response.headers.get("location")]).toEqual([303, "/"]);
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  it("[T3] logs nobody in by a link that another site made them follow", async () => {
    const link = ["Host", "localhost", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"];
    const foreign = await raw(`/?token=${bob}`, { headers: [...link, "Sec-Fetch-Site", "cross-site"] });
    expect([foreign.status, foreign.headers["set-cookie"]]).toEqual([303, undefined]);
    const typed = await raw(`/?token=${bob}`, { headers: [...link, "Sec-Fetch-Site", "none"] });
    expect([typed.status, typed.headers["set-cookie"]]).toEqual([303, [expect.stringContaining(bob)]]);
  });

  it("[T4] logs in and out by the login page", async () => {
    const post = (body: unknown, headers: Record<string, string> = { "content-type": "application/json" }) =>
      fetch(`${cria.url}/login`, { method: "POST", headers, body: JSON.stringify(body) });
    const response = await post({ token: alice });
    expect(response.status).toBe(204);
    expect((await get("/v1/models", { cookie: cookieOf(response) })).status).toBe(200);
    expect((await post({ token: "wrong" })).status).toBe(401);
    expect((await post({ token: 5 })).status).toBe(400);
    expect((await post({ token: alice }, { "content-type": "text/plain" })).status).toBe(403);
    const out = await fetch(`${cria.url}/logout`, { method: "POST", headers: { "x-cria": "1" } });
    expect([out.status, out.headers.get("set-cookie")]).toEqual([204, expect.stringMatching(/=; .*1970/)]);
    // What waits unsent in the browser goes with whoever leaves.
    expect(out.headers.get("clear-site-data")).toBe('"storage"');
  });

  it.each(["websocket", "polling"] as const)(
    "[T5] lets sockets in by auth, header and cookie alike, over %s",
    async (transport) => {
      const port = cria.server.port;
      const cookie = `${cookieName(port)}=${alice}`;
      const attempt = (options: object) =>
        cria.connect({ transports: [transport], ...options }).then(
          (client) => client.request("server:info", {}).then(() => "in"),
          (error: { message: string; data?: { code: string } }) => error.data?.code ?? "cut",
        );
      expect(await attempt({ auth: { token: alice } })).toBe("in");
      expect(await attempt({ extraHeaders: bearer(alice) })).toBe("in");
      expect(await attempt({ extraHeaders: { cookie, origin: cria.url } })).toBe("in");
      expect(await attempt({})).toBe("unauthorized");
      expect(await attempt({ auth: { token: "a-wrong-socket-token" } })).toBe("unauthorized");
      expect(await attempt({ auth: { token: alice }, extraHeaders: bearer("a-wrong-header") })).toBe("unauthorized");
      expect(await attempt({ extraHeaders: { cookie } })).toBe("cut");
      expect(await attempt({ extraHeaders: { cookie, origin: "https://evil.com" } })).toBe("cut");
    },
  );

  it("[T5] revoked: sockets are cut, streams end, and nobody comes back in, all within a second", async () => {
    // One of its own: the wrong tokens of the others make whoever comes from here wait.
    const other = await TestServer.start(undefined, slowWords, { host: "0.0.0.0", token: own });
    try {
      const tokensPath = join(other.homePath, "tokens.json");
      const { secret } = await addToken(tokensPath, { name: "carol", mine: false });
      const client = await other.connect({ auth: { token: secret } });
      const { generationId } = await client.request("generation:start", {
        modelId: "alpaca.demo",
        prompt: "x",
        sampling: { maxTokens: 100_000 },
      });
      await client.follow(generationId);
      await client.untilText(generationId);
      const stream = await fetch(`${other.url}/v1/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", ...bearer(secret) },
        body: JSON.stringify({ model: "alpaca.demo", prompt: "x", stream: true, max_tokens: 100_000 }),
      });
      const reader = stream.body?.getReader();
      await reader?.read();
      const cut = new Promise((resolve) => client.socket.once("disconnect", resolve));
      const ended = (async () => {
        while (!(await reader?.read())?.done);
      })().catch(() => {});
      const { sockets } = other.server.io.sockets;
      const cutThere = new Promise<string>((resolve) =>
        sockets.get(client.socket.id ?? "")?.once("disconnect", resolve),
      );
      await revokeToken(tokensPath, "carol");
      // The second is counted by a timer beside the server's own: both are late together where the machine is busy.
      const tooLate = new Promise<string>((resolve) => setTimeout(resolve, 1000, "too late"));
      expect(await Promise.race([cutThere, tooLate])).not.toBe("too late");
      await Promise.all([cut, ended]);
      while (other.server.generations.running.length > 0) await new Promise((resolve) => setImmediate(resolve));
      await expect(TestClient.connect(other.url, { auth: { token: secret } })).rejects.toMatchObject({
        data: { code: "unauthorized" },
      });
      expect((await fetch(`${other.url}/v1/models`, { headers: bearer(secret) })).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  it("[T1] answers under its addresses and no other name, whoever asks", async () => {
    const status = async (...hosts: string[]) => {
      const headers = [...hosts.flatMap((host) => ["Host", host]), "Authorization", `Bearer ${alice}`];
      return (await raw("/v1/models", { headers })).status;
    };
    for (const host of ["127.0.0.1:3000", "localhost", "[::1]:3000", "192.168.1.5:3000"])
      expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of ["evil.com", "localhost.evil.com", "localhost.", "LOCALHOST", ""])
      expect([host, await status(host)]).toEqual([host, 403]);
    expect(await status()).toBe(403);
    expect(await status("localhost", "evil.com")).toBe(403);
  });

  it("[T3] changes nothing for what a form of another site can send", async () => {
    let started = 0;
    const unsubscribe = cria.server.generations.onStart(() => started++);
    const body = JSON.stringify({ model: "alpaca.demo", prompt: "x", max_tokens: 1 });
    for (const path of ["/v1/completions", "/v1/chat/completions", "/login", "/logout", "/anything"])
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", undefined]) {
        const headers = ["Host", "localhost", "Authorization", `Bearer ${alice}`];
        if (type !== undefined) headers.push("Content-Type", type);
        expect((await raw(path, { method: "POST", headers, body })).status).toBe(403);
        const foreign = [...headers, "Origin", "https://evil.com"];
        expect((await raw(path, { method: "POST", headers: foreign, body })).status).toBe(403);
      }
    unsubscribe();
    expect(started).toBe(0);
  });
});

describe("too many wrong tokens", () => {
  it("[T24] are answered with 429, whatever X-Forwarded-For says", async () => {
    const other = await TestServer.start(undefined, {}, { token: own });
    try {
      const login = (token: string, address: string) =>
        fetch(`${other.url}/login`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-forwarded-for": address },
          body: JSON.stringify({ token }),
        });
      const statuses: number[] = [];
      const startMs = performance.now();
      for (let n = 0; n < 7; n++) statuses.push((await login(`wrong-${n}`, `10.0.0.${n}`)).status);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
      const refused = await login(own, "10.0.0.99");
      expect(refused.status).toBe(429);
      // One of five is given back every twelve seconds.
      const goneS = (performance.now() - startMs) / 1000;
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(12 - goneS);
      expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(12);
    } finally {
      await other.close();
    }
  });

  it("[T24] count per caller behind a trusted proxy", async () => {
    const other = await TestServer.start(undefined, {}, { token: own, trustedProxies: "127.0.0.1" });
    try {
      const status = async (token: string, address: string) =>
        (await fetch(`${other.url}/prompts`, { headers: { ...bearer(token), "x-forwarded-for": address } })).status;
      for (let n = 0; n < 6; n++) await status(`wrong-${n}`, "10.0.0.1");
      expect(await status("wrong-again", "10.0.0.1")).toBe(429);
      expect(await status(own, "10.0.0.2")).toBe(200);
    } finally {
      await other.close();
    }
  });
});
