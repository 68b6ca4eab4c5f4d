import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { temporaryHome } from "./TestServer.js";

let home: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  home = await temporaryHome();
});
afterAll(() => home.remove());

/** What a cluster needs, and nothing else does. The last ones are needed by the first, and can be seen however those are built. */
const libraries = ["ioredis", "bullmq", "pg", "@socket.io/redis-streams-adapter", "redis-parser", "msgpackr"];

/** A process that starts a server, does `more`, and says which of the libraries it has loaded. */
function loadedBy(more: string): string[] {
  const address = (path: string) => JSON.stringify(pathToFileURL(join(packagePath, "dist", "server", path)).href);
  const program = `
    import { createRequire } from "node:module";
    const { startServer } = await import(${address("startServer.js")});
    const { readConfig } = await import(${address("platform/config.js")});
    const server = await startServer(readConfig({ port: "0", homePath: ${JSON.stringify(home.path)}, logLevel: "silent" }, {}));
    ${more}
    const loaded = Object.keys(createRequire(import.meta.url).cache).join("\\n");
    console.log(JSON.stringify(${JSON.stringify(libraries)}.filter((name) => loaded.includes("/node_modules/" + name + "/"))));
    await server.close();
    process.exit(0);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: packagePath,
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

it("without --redis nothing of a cluster is loaded", () => {
  expect(loadedBy("")).toEqual([]);
});

it("and this test would see it", () => {
  const cluster = JSON.stringify(pathToFileURL(join(packagePath, "dist/server/cluster/Cluster.js")).href);
  expect(loadedBy(`await import(${cluster});`)).toEqual(expect.arrayContaining(["ioredis", "redis-parser"]));
});
