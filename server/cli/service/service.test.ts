import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Window } from "happy-dom";
import { describe, expect, it } from "vitest";
import { packagePath } from "../../platform/paths.js";
import { launchdPlist } from "./launchdPlist.js";
import { systemdUnit } from "./systemdUnit.js";

/** What paths and homes can be made of. */
const awkward = `/home/a b/50%/$HOME/"q"/back\\slash/<&>`;
const program = { command: [process.execPath, awkward, "serve"], environment: { CRIA_HOME: awkward } };
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

const service = (...args: string[]) =>
  execFileSync(process.execPath, [join(packagePath, "dist/server/cli/main.js"), "service", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });

describe("cria service", () => {
  it("prints a unit that starts this very program", () => {
    const unit = service("--for", "systemd", "--port", "4321", "--home", "/srv/cria");
    expect(unit).toContain(
      `ExecStart="${process.execPath}" "${join(packagePath, "dist/server/cli/main.js")}" "serve" "--no-open" "--port" "4321"`,
    );
    expect(unit).toContain('Environment="CRIA_HOME=/srv/cria"\n');
    expect(unit).not.toContain("CRIA_TOKEN=\n");
  });

  it.skipIf(!hasSystemd)("prints a unit that systemd takes, whatever the paths are", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cria-unit-"));
    for (const [name, unit] of [
      ["cria.service", service("--for", "systemd")],
      ["awkward.service", systemdUnit(program)],
    ] as const) {
      await writeFile(join(folder, name), unit);
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--user", join(folder, name)], {
        encoding: "utf8",
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      });
      expect([status, stderr]).toEqual([0, ""]);
    }
    await rm(folder, { recursive: true });
  });

  it("writes out what systemd would take for its own", () => {
    expect(systemdUnit(program)).toContain(
      `"/home/a b/50%%/$$HOME/\\"q\\"/back\\\\slash/<&>" "serve"\nEnvironment="CRIA_HOME=/home/a b/50%%/$HOME/`,
    );
  });

  it("prints a launch agent whose XML says what was meant", () => {
    const parsed = new new Window().DOMParser().parseFromString(launchdPlist(program, "/log"), "text/xml");
    const strings = [...parsed.querySelectorAll("array string")].map(({ textContent }) => textContent);
    expect(strings).toEqual(program.command);
    expect([...parsed.querySelectorAll("dict > key")].map(({ textContent }) => textContent)).toContain("RunAtLoad");
    expect(service("--for", "launchd")).toContain("<string>cria.serve</string>");
  });

  it("says what there is when it is asked for something else", () => {
    expect(() => service("--for", "upstart")).toThrow();
  });
});
