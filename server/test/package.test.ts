import { execFileSync } from "node:child_process";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { version } from "../platform/version.js";

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
});
