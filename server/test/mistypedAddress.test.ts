import { type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
let guarded: TestServer;
beforeAll(async () => {
  [cria, guarded] = await Promise.all([
    TestServer.start(),
    TestServer.start(undefined, {}, { host: "0.0.0.0", token: "the-token-of-this-run" }),
  ]);
});
afterAll(async () => {
  await Promise.all([cria.close(), guarded.close()]);
});

/** As browsers send it, and `Sec-Fetch-Mode` to an address that they trust. */
const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
const navigation = { ...browser, "sec-fetch-mode": "navigate" };

/** Sent as it stands: `fetch` says of itself that it is a script. */
function answer(server: TestServer, path: string, headers: { [name: string]: string }, method = "GET") {
  return new Promise<{
    status: number | undefined;
    type: string | undefined;
    text: string;
    headers: IncomingHttpHeaders;
  }>((resolve, reject) => {
    const asking = request(server.url, { path, method, headers }, (response) => {
      text(response).then((body) => {
        const { statusCode: status, headers: answered } = response;
        resolve({ status, type: answered["content-type"], text: body, headers: answered });
      }, reject);
    });
    asking.once("error", reject).end();
  });
}

describe("an address that leads nowhere", () => {
  it.each(["/nonsense", "/c/1/2", "/docs/nonsense", "/assets/none.js", "/c/%E0%A4%A", "/MODELS/x?y=<script>"])(
    "is a page for a browser: %s",
    async (path) => {
      for (const headers of [browser, navigation]) {
        const page = await answer(cria, path, headers);
        expect([page.status, page.type]).toEqual([path.includes("%") ? 400 : 404, "text/html; charset=utf-8"]);
        expect(page.text).toContain('<a class="button" href="/"');
        // Nothing of the address becomes part of the page.
        expect(page.text).not.toContain("y=");
        expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
        expect(page.headers["cache-control"]).toBe("no-store");
        expect(page.headers.vary).toBe("Accept, Sec-Fetch-Mode");
      }
      expect(await answer(cria, path, navigation, "HEAD")).toMatchObject({
        text: "",
        type: "text/html; charset=utf-8",
      });
    },
  );

  it("is JSON for a program, for an interface of programs, and for a script of the page", async () => {
    for (const [path, headers] of [
      ["/nonsense", {}],
      ["/nonsense", { accept: "*/*" }],
      ["/nonsense", { accept: "application/json" }],
      ["/nonsense", { ...browser, "sec-fetch-mode": "cors" }],
      ["/v1/nonsense", navigation],
      ["/api/nonsense", navigation],
      ["/api", navigation],
      ["/API/nonsense", navigation],
      ["/prompts/nonsense", navigation],
    ] as const) {
      const { status, type, text: body } = await answer(cria, path, headers);
      expect([path, status, type]).toEqual([path, 404, "application/json; charset=utf-8"]);
      expect(JSON.parse(body)).toHaveProperty("error");
    }
    const posted = await answer(cria, "/nonsense", { ...navigation, "x-cria": "1" }, "POST");
    expect([posted.status, posted.type]).toEqual([404, "application/json; charset=utf-8"]);
    // No page, and no JSON of ours either: socket.io's own answer.
    expect((await answer(cria, "/socket.io/nonsense", navigation)).type).toContain("application/json");
  });

  it("[T4] asks a browser without a token to log in, wherever it leads, and tells a program so", async () => {
    for (const path of ["/nonsense", "/models", "/docs"]) {
      const page = await answer(guarded, path, navigation);
      expect([page.status, page.type]).toEqual([401, "text/html; charset=utf-8"]);
      expect(page.text).toContain('<input id="token"');
      expect(await answer(guarded, path, {})).toMatchObject({ status: 401, type: "application/json; charset=utf-8" });
    }
    expect(await answer(guarded, "/api/export", navigation)).toMatchObject({
      status: 401,
      type: "application/json; charset=utf-8",
    });
    for (const path of ["/standalone.css", "/login.js"]) expect((await answer(guarded, path, {})).status).toBe(200);
  });
});
