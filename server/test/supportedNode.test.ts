import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { isSupportedNode, supportedNode } from "../platform/supportedNode.js";

const tooOld = ["12.22.9", "18.20.4", "20.18.9", "21.7.3", "22.11.0"];
const newEnough = ["20.19.0", "20.20.2", "22.12.0", "22.23.3", "23.0.0", "24.0.0", "26.10.0", "100.0.0"];

/** Starts `program` on a Node that says it is another version. */
function runAs(version: string, program: string, args: string[]): { status: number | null; said: string } {
  const pretend = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`, join(packagePath, program), ...args],
    { encoding: "utf8" },
  );
  return { status, said: stdout + stderr };
}

describe("a Node that Cria does not run on", () => {
  it("is told from one that will do", () => {
    expect(tooOld.filter(isSupportedNode)).toEqual([]);
    expect(newEnough.filter((version) => !isSupportedNode(version))).toEqual([]);
  });

  it("is what npm warns of, too", () => {
    const { engines } = JSON.parse(readFileSync(join(packagePath, "package.json"), "utf8"));
    expect(engines.node).toBe("^20.19.0 || >=22.12.0");
  });

  it.each(tooOld)("is named by cria and by npm start: %s", (version) => {
    const refused = {
      status: 1,
      said: `Cria needs Node ${supportedNode}; this is ${version}. Get it from nodejs.org.\n`,
    };
    expect(runAs(version, "dist/server/cli/main.js", ["--version"])).toEqual(refused);
    expect(runAs(version, ".ci/ready.mjs", ["start"])).toEqual(refused);
  });

  it("is no other", () => {
    for (const version of ["20.19.0", "22.12.0"])
      expect(runAs(version, "dist/server/cli/main.js", ["--version"])).toMatchObject({ status: 0 });
  });
});
