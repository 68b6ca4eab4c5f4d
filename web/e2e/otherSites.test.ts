import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest } from "./BrowserTest.js";

const secret = "the secret of the cellar";
let test: BrowserTest;
let site: Server;
let siteUrl: string;
beforeAll(async () => {
  test = await BrowserTest.start();
  const client = await test.connect();
  const { conversation } = await client.send("Hello", { sampling: { maxTokens: 1 } });
  await client.request("conversation:update", { conversationId: conversation.id, title: secret });
  site = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>Elsewhere</title><p>Elsewhere");
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  site.close();
  await test.close();
});
afterEach(async () => expect(await test.endStory()).toEqual([]));

/** What a page gets that asks the server in every way a page can, by the way it asked. */
function askEveryWay(page: Page, target: string): Promise<Record<string, string>> {
  return page.evaluate(async (base) => {
    const got: Record<string, string> = {};
    const read = async (name: string, path: string, init?: RequestInit) => {
      try {
        const response = await fetch(base + path, init);
        got[name] = `${response.type} ${await response.text()}`;
      } catch {
        got[name] = "nothing";
      }
    };
    const settle = (name: string, start: (done: (what: string) => void) => void) =>
      new Promise<void>((resolve) =>
        start((what) => {
          got[name] = what;
          resolve();
        }),
      );
    await read("fetch", "/api/export");
    await read("opaque fetch", "/api/export", { mode: "no-cors" });
    await read("with cookies", "/api/export", { credentials: "include" });
    await read("v1", "/v1/models", { headers: { "x-cria": "1" } });
    await read("polling", "/socket.io/?EIO=4&transport=polling");
    const body = '{"format":"cria-conversation"}';
    await read("plain post", "/api/import", { method: "POST", mode: "no-cors", body });
    await read("JSON post", "/api/import", { method: "POST", headers: { "content-type": "application/json" }, body });
    await read("delete", "/api/delete", { method: "DELETE" });
    await settle("WebSocket", (done) => {
      const socket = new WebSocket(`${base.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
      socket.onmessage = ({ data }) => done(`message ${String(data)}`);
      socket.onerror = () => done("nothing");
    });
    await settle("event stream", (done) => {
      const stream = new EventSource(`${base}/api/export`);
      stream.onmessage = () => done("message");
      stream.onerror = () => {
        stream.close();
        done("nothing");
      };
    });
    for (const [name, tag, path] of [
      ["image", "img", "/favicon.svg"],
      ["script", "script", "/login.js"],
      ["style", "link", "/standalone.css"],
    ] as const)
      await settle(name, (done) => {
        const element = document.createElement(tag);
        element.onload = () => done("loaded");
        element.onerror = () => done("nothing");
        if (element instanceof HTMLLinkElement) {
          element.rel = "stylesheet";
          element.href = base + path;
        } else
          try {
            (element as HTMLImageElement | HTMLScriptElement).src = base + path;
          } catch {
            // The page's own policy on trusted types.
            done("nothing");
          }
        document.head.append(element);
      });
    return got;
  }, target);
}

describe("[T1] [T2] [T3] a page of another site", () => {
  it("gets nothing in any way in which a page can ask, and changes nothing", async () => {
    const page = await test.openElsewhere(siteUrl);
    const got = await askEveryWay(page, test.cria.url);
    expect(Object.entries(got).filter(([, what]) => what !== "nothing")).toEqual([]);
    expect(Object.keys(got)).toHaveLength(13);
    // The same ways do lead somewhere for the page itself.
    const own = await askEveryWay(await test.openElsewhere(`${test.cria.url}/docs`), test.cria.url);
    expect(own.fetch).toContain(secret);
    expect(own.WebSocket).toMatch(/^message 0/);
  });

  it("cannot show the page in a frame of its own", async () => {
    const page = await test.openElsewhere(siteUrl);
    await page.evaluate((target) => {
      const frame = document.createElement("iframe");
      frame.src = target;
      document.body.append(frame);
      return new Promise((resolve) => {
        frame.onload = resolve;
      });
    }, test.cria.url);
    const [, frame] = page.frames();
    expect(frame).toBeDefined();
    expect(await frame?.locator("body").textContent()).not.toContain(secret);
    expect(await frame?.locator("#root").count()).toBe(0);
  });

  it("cannot send a form that does anything", async () => {
    const client = await test.connect();
    const count = async () => (await client.request("conversation:list", {})).conversations.length;
    const before = await count();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const page = await test.openElsewhere(siteUrl);
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url().startsWith(test.cria.url)),
        page.evaluate(
          ([action, enctype]) => {
            const form = document.createElement("form");
            Object.assign(form, { action: `${action}/api/import`, method: "post", enctype });
            const field = document.createElement("input");
            field.name = '[{"title":"planted","messages":[{"role":"user","content":"x';
            field.value = '"}]}]';
            form.append(field);
            document.body.append(form);
            form.submit();
          },
          [test.cria.url, type] as const,
        ),
      ]);
      expect(answer.status()).toBe(403);
    }
    expect(await count()).toBe(before);
  });

  it("gets nothing under a name of its own that leads to this machine", async () => {
    const { port } = new URL(test.cria.url);
    const rebound = `http://rebound.example:${port}`;
    const page = await test.openElsewhere(`${rebound}/`);
    expect(await page.locator("body").textContent()).not.toContain(secret);
    expect(await page.locator("#root").count()).toBe(0);
    const got = await askEveryWay(page, rebound);
    for (const [name, what] of Object.entries(got)) {
      expect([name, what]).not.toEqual([name, expect.stringContaining(secret)]);
      if (what !== "nothing")
        expect([name, what]).toEqual([name, expect.stringMatching(/forbidden|only its own page/i)]);
    }
  });
});
