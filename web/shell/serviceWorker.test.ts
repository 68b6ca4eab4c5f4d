import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pathOfChat, pathOfScreen } from "../state/route.js";

it("the worker gives the kept page for each of its addresses, and for no other", () => {
  const code = readFileSync(join(import.meta.dirname, "serviceWorker.js"), "utf8");
  const pagePath = new RegExp(/const pagePath = \/(.+)\/;/.exec(code)?.[1] ?? "never");
  const screens = (["models", "completion", "compare", "server"] as const).map(pathOfScreen);
  for (const path of [pathOfChat(undefined), pathOfChat("t.a-1_b"), ...screens]) expect(path).toMatch(pagePath);
  for (const path of ["/api/export", "/docs", "/c", "/c/a/b", "/metrics", "/login", "/openapi.json", "/modelsx"])
    expect(path).not.toMatch(pagePath);
});
