import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";

/** The only files that start processes: each forks one program of ours, with arguments that hold no text of anybody's. */
const starters = ["install/InstallProcess.js", "workers/forkWorker.js"];

describe("[T8] nothing that people write reaches a shell", () => {
  it("no file that ships starts anything but our own programs", async () => {
    const root = join(packagePath, "dist", "server");
    const files = (await readdir(root, { recursive: true })).filter(
      (name) => name.endsWith(".js") && !/(^|\/)(test|bench|fixtures)\/|\.test\.js$/.test(name),
    );
    expect(files.length).toBeGreaterThan(200);
    const importing: string[] = [];
    for (const name of files) {
      const code = await readFile(join(root, name), "utf8");
      expect({ name, shell: /\bshell: *true|\bexecSync\(|\bspawnSync\(|\beval\(|new Function\(/.test(code) }).toEqual({
        name,
        shell: false,
      });
      const [, imported] = /import \{([^}]*)\} from "node:child_process"/.exec(code) ?? [];
      if (!code.includes("child_process")) continue;
      importing.push(name);
      expect({ name, imported: imported?.trim() }).toEqual({ name, imported: "fork" });
    }
    expect(importing.sort()).toEqual(starters);
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
