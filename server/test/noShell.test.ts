import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";

/**
 * The only files that start processes, and by what: programs of ours with a list of arguments, and npm with fixed ones, for who asks
 * whether there is a newer version.
 */
const starters: Readonly<Record<string, string>> = {
  "cli/findNewerVersion.js": "execFile",
  "install/InstallProcess.js": "fork",
  "install/loadBack.js": "fork",
  "workers/forkWorker.js": "fork",
};

describe("[T8] nothing that people write reaches a shell", () => {
  it("no file that ships starts anything but these programs", async () => {
    const root = join(packagePath, "dist", "server");
    const files = (await readdir(root, { recursive: true })).filter(
      (name) => name.endsWith(".js") && !/(^|\/)(test|bench|fixtures)\/|\.test\.js$/.test(name),
    );
    expect(files.length).toBeGreaterThan(200);
    const importing: Record<string, string | undefined> = {};
    for (const name of files) {
      const code = await readFile(join(root, name), "utf8");
      expect({ name, shell: /\bshell: *true|\bexecSync\(|\bspawnSync\(|\beval\(|new Function\(/.test(code) }).toEqual({
        name,
        shell: false,
      });
      const [, imported] = /import \{([^}]*)\} from "node:child_process"/.exec(code) ?? [];
      if (!code.includes("child_process")) continue;
      importing[name] = imported?.trim();
    }
    expect(importing).toEqual(starters);
  });

  describe("arguments of the command line", () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "cria-shell-"));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const attacks = [
      "$(touch owned)",
      "`touch owned`",
      "; touch owned",
      "x\ntouch owned",
      "| touch owned",
      "&& touch owned",
    ];
    it.each(["show", "install", "remove", "verify"])("of cria %s are names and nothing else", async (command) => {
      for (const attack of attacks) {
        const child = spawn(process.execPath, [join(packagePath, "dist/server/cli/main.js"), command, attack], {
          cwd: folder,
          env: { PATH: process.env.PATH, CRIA_HOME: join(folder, "home"), HOME: folder, HF_HUB_OFFLINE: "1" },
          stdio: "ignore",
        });
        expect(await new Promise((resolve) => child.once("close", resolve))).toBe(1);
      }
      expect((await readdir(folder)).filter((name) => name.includes("owned"))).toEqual([]);
    });
  });
});
