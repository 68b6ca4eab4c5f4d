import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
}

const readJson = async (name: string) => JSON.parse(await readFile(join(packagePath, name), "utf8"));

/**
 * Packages that have an install script and work without it, and why. Nothing here may need one: they are installed with
 * `ignore-scripts`, and every other test runs on what came of that.
 */
const scriptsNotNeeded: Readonly<Record<string, string>> = {
  koffi: "its binaries are in packages of their own; the script builds it where there is none",
  "msgpackr-extract": "its binaries are in packages of their own, and what uses it works without",
  "node-llama-cpp": "its binaries are in packages of their own; the script looks whether one fits, or builds it",
};

describe("[T26] what is installed", () => {
  it("is named to the last version, and locked to the last bit", async () => {
    const { dependencies, devDependencies } = await readJson("package.json");
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(-[\w.]+)?$/)]);
    const { packages } = (await readJson("package-lock.json")) as { packages: Record<string, LockedPackage> };
    for (const [path, { integrity }] of Object.entries(packages))
      if (path !== "") expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
  });

  it("needs no install script: the few that there are are switched off", async () => {
    const { packages } = (await readJson("package-lock.json")) as { packages: Record<string, LockedPackage> };
    const withScript = Object.entries(packages)
      .filter(([, locked]) => locked.hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ""));
    expect(withScript.sort()).toEqual(Object.keys(scriptsNotNeeded).sort());
    expect(await readFile(join(packagePath, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
    const { scripts } = await readJson("package.json");
    expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });
});
