import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";

/**
 * The architecture's guards, each tried on a violation that is planted into a copy of the sources: a guard that nobody has
 * seen fail may check nothing.
 */
let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "cria-guards-"));
  for (const name of [
    "server",
    "web",
    "biome.json",
    "package.json",
    "tsconfig.json",
    "tsconfig.base.json",
    ".gitignore",
  ])
    if (existsSync(join(packagePath, name))) cpSync(join(packagePath, name), join(copy, name), { recursive: true });
  symlinkSync(join(packagePath, "node_modules"), join(copy, "node_modules"));
  spawnSync("git", ["init", "-q"], { cwd: copy });
});
afterAll(() => rmSync(copy, { recursive: true }));

/** Writes the file, runs the tool on the copy, takes the file away again. */
function plant(path: string, source: string, tool: string[]): { failed: boolean; output: string } {
  const target = join(copy, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, source);
  try {
    const [command = "", ...args] = tool;
    const { status, stdout, stderr } = spawnSync(join(packagePath, "node_modules", ".bin", command), args, {
      cwd: copy,
      encoding: "utf8",
    });
    return { failed: status !== 0, output: stdout + stderr };
  } finally {
    rmSync(target);
  }
}

const lint = (path: string, source: string) => plant(path, source, ["biome", "lint", "--colors=off", path]);
const compile = (path: string, source: string) => plant(path, source, ["tsc", "-b", "--pretty", "false"]);

describe("imports go down only", () => {
  it.each([
    ["protocol", "../platform/AppError.js"],
    ["platform", "../weights/ggmlTypes.js"],
    ["weights", "../models/ModelRegistry.js"],
    ["weights", "../prompts/PromptPart.js"],
    ["models", "../workers/WorkerPool.js"],
    ["workers", "../models/ModelRegistry.js"],
    ["storage", "../chat/ChatService.js"],
    ["storage", "../access/AccessControl.js"],
    ["access", "../chat/ChatService.js"],
    ["chat", "../socket/attachSocket.js"],
    ["chat", "../cluster/Cluster.js"],
    ["cluster", "../socket/attachSocket.js"],
    ["http", "../socket/attachSocket.js"],
    ["socket", "../cluster/Cluster.js"],
    ["socket", "../startServer.js"],
  ])("server/%s may not import %s", (floor, target) => {
    const { failed, output } = lint(
      `server/${floor}/planted.ts`,
      `import * as above from "${target}";\nexport const planted = above;\n`,
    );
    expect(output).toContain("noRestrictedImports");
    expect(output).toContain("Imports go down only");
    expect(failed).toBe(true);
  });

  it("but down they may", () => {
    const { output } = lint(
      "server/chat/planted.ts",
      `import { AppError } from "../platform/AppError.js";\nexport const planted = AppError;\n`,
    );
    expect(output).not.toContain("noRestrictedImports");
  });

  it("web/state may not import web/chat", () => {
    const { output } = lint(
      "web/state/planted.ts",
      `import * as above from "../chat/Composer.tsx";\nexport const planted = above;\n`,
    );
    expect(output).toContain("Imports go down only");
  });
});

describe("one door per library", () => {
  it.each([
    ["node-llama-cpp", "server/workers/child/planted.ts"],
    ["koffi", "server/weights/planted.ts"],
    ["libsql", "server/chat/planted.ts"],
    ["pg", "server/chat/planted.ts"],
    ["pg", "server/storage/postgres/planted.ts"],
    ["ioredis", "server/cluster/planted.ts"],
    ["bullmq", "server/install/planted.ts"],
    ["@socket.io/redis-streams-adapter", "server/socket/planted.ts"],
    ["node-llama-cpp", "server/cli/planted.ts"],
    ["node-llama-cpp", "server/bench/planted.ts"],
  ])("%s may not be imported by %s", (library, path) => {
    const { failed, output } = lint(path, `import * as library from "${library}";\nexport const planted = library;\n`);
    expect(output).toContain("noRestrictedImports");
    expect(failed).toBe(true);
  });
});

describe("other rules of the house", () => {
  it("no import cycles", () => {
    const other = join(copy, "server/chat/plantedOther.ts");
    writeFileSync(other, `import { planted } from "./planted.js";\nexport const other = planted;\n`);
    const { failed, output } = lint(
      "server/chat/planted.ts",
      `import { other } from "./plantedOther.js";\nexport const planted = other;\n`,
    );
    rmSync(other);
    expect(output).toContain("noImportCycles");
    expect(failed).toBe(true);
  });

  it("no file over 400 lines", () => {
    const { output } = lint(
      "server/chat/planted.ts",
      Array.from({ length: 401 }, (_, n) => `export const line${n} = ${n};`).join("\n"),
    );
    expect(output).toContain("noExcessiveLinesPerFile");
  });

  it("no promise left floating", () => {
    const { output } = lint(
      "server/chat/planted.ts",
      "async function work() {\n  await null;\n}\nexport function planted() {\n  work();\n}\n",
    );
    expect(output).toContain("noFloatingPromises");
  });
});

describe("projects", () => {
  it("the page may not import the server's insides", () => {
    const { failed, output } = compile(
      "web/planted.ts",
      `import { AppError } from "../server/platform/AppError.js";\nexport const planted = AppError;\n`,
    );
    expect(output).toMatch(/TS6307|TS6059/);
    expect(failed).toBe(true);
  });

  it("the protocol may not use Node", () => {
    const { failed, output } = compile("server/protocol/planted.ts", "export const planted = Buffer.from('x');\n");
    expect(output).toContain("Buffer");
    expect(failed).toBe(true);
  });
});
