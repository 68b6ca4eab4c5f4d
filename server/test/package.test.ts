import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { version } from "../platform/version.js";
import { PackageConsumer, packTarball } from "./PackageConsumer.js";

/** The files of the tarball, by npm's own word. */
function packedFiles(): { path: string; size: number }[] {
  // npm is a script on Windows, which only a shell can start; the arguments are ours alone.
  const options = { cwd: packagePath, encoding: "utf8" as const, shell: process.platform === "win32" };
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], options);
  return JSON.parse(output)[0].files;
}

describe("the npm package", () => {
  it("has the server, the page, the demo model and nothing else", () => {
    const files = packedFiles();
    const paths = files.map(({ path }) => path);
    for (const needed of [
      "dist/server/cli/main.js",
      "dist/server/workers/child/main.js",
      "dist/server/client/connect.d.ts",
      "dist/server/protocol/events.js",
      "dist/web/index.html",
      "models/demo/demo-q8_0.gguf",
      "models/demo/model.json",
      "models/catalog.json",
      "models/prompts/default.txt",
      "LICENSE",
      "README.md",
    ])
      expect(paths).toContain(needed);
    const surplus = paths.filter(
      (path) =>
        /\.test\.|\/fixtures\/|^dist\/server\/(test|bench)\/|\.map$|tsbuildinfo|^(server|web|docs|shared)\//.test(
          path,
        ) || /\.(ts|tsx)$/.test(path.replace(/\.d\.ts$/, "")),
    );
    expect(surplus).toEqual([]);
    expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(20e6);
  });

  it("is a package that Node and TypeScript can import", async () => {
    const { messages, pkg } = await publint({ pkgDir: packagePath, pack: "npm", level: "warning" });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
    expect(pkg?.version).toBe(version);
  });

  it("unpacked elsewhere, runs on its own dependencies alone and has types", async () => {
    const consumer = await PackageConsumer.create();
    try {
      await consumer.installLinked(await packTarball(consumer.path));
      expect(await consumer.cria(["--version"])).toContain(`cria/${version}`);
      expect(JSON.parse(await consumer.cria(["list", "--json"]))).toMatchObject([{ id: "alpaca.demo" }]);
      await consumer.compile(join(packagePath, "node_modules", ".bin", "tsc"));
      const { models, streamed, local, code } = await consumer.runProgram();
      expect([models, code]).toEqual([["alpaca.demo"], "model_not_found"]);
      expect(streamed).not.toBe("");
      expect(local).toContain(streamed);
      const page = await consumer.whileServing(async (url) => (await fetch(url)).text());
      expect(page).toContain('<div id="root">');
    } finally {
      await consumer.remove();
    }
  });
});
