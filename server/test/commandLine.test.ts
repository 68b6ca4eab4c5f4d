import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { CriaProcess } from "./CriaProcess.js";
import { temporaryHome } from "./TestServer.js";

const mainPath = join(packagePath, "dist", "server", "cli", "main.js");

let home: Awaited<ReturnType<typeof temporaryHome>>;
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.remove());

async function cria(...args: string[]) {
  const cria = new CriaProcess(args, { CRIA_HOME: home.path, CRIA_GPU: "off", CI: "1" });
  const { code } = await cria.ended;
  return { code, output: cria.output };
}

describe("a newcomer at the terminal", () => {
  it("asks for help in either way", async () => {
    expect((await cria("help")).output).toBe((await cria("--help")).output);
    const { code, output } = await cria("help", "serve");
    expect([code, output]).toEqual([0, (await cria("serve", "--help")).output]);
    expect(output).toContain("--port <number>");
  });

  it("is told which help lists the flags of the command that was mistyped", async () => {
    expect(await cria("serve", "--prot", "3000")).toEqual({
      code: 1,
      output: "Unknown option `--prot`\ncria serve --help says what it takes.\n",
    });
    expect((await cria("tune")).output).toBe(
      "Something is missing: cria tune <id>\ncria tune --help says what it takes.\n",
    );
    expect((await cria("list", "all")).output).toContain('cria list does not take "all".');
    expect((await cria("frobnicate")).output).toBe(
      'There is no command "frobnicate".\ncria --help lists the commands.\n',
    );
    expect((await cria("--frobnicate")).output).toContain("Unknown option `--frobnicate`");
  });

  it("is told which command was probably meant, also by whoever asks for its help", async () => {
    for (const words of [["sevre"], ["help", "sevre"], ["sevre", "--help"]])
      expect(await cria(...words)).toEqual({
        code: 1,
        output: 'There is no command "sevre".\nDid you mean cria serve? cria --help lists the commands.\n',
      });
  });

  it("reads help that has nothing in it but what there is", async () => {
    expect((await cria("version")).output).toBe((await cria("--version")).output);
    const { output } = await cria("--help");
    expect(output).toContain("cria <command> --help says what a command takes.");
    expect(output).not.toContain("cria serve --help");
    const { output: help } = await cria("serve", "--help");
    expect(help).not.toMatch(/default: true| $/m);
    expect(help).toContain("\n\nStart the server and open the chat page\n\n");
  });

  it("gives the prompt without a flag", async () => {
    const flags = ["--local", "--temp", "0", "-n", "8", "--port", "1"];
    const { output } = await cria("chat", "demo", "-p", "Who are you?", ...flags);
    expect(output).toMatch(/^I am/);
    expect((await cria("run", "demo", "Who", "are", "you?", ...flags)).output).toBe(output);
    expect((await cria("chat", "demo", "Hi", "-p", "Hi")).output).toContain("There are two prompts.");
  });

  it("names a home in the user's folder as a shell would, where none did", async () => {
    const started = new CriaProcess(["token", "new", "phone", "--home=~/"], { HOME: home.path });
    await started.ended;
    expect(await readdir(home.path)).toEqual(expect.arrayContaining(["models", "prompts", "tokens.json"]));
  });

  it.each(["", undefined])("has its home in the user's folder where HOME is %j", (home) => {
    const { HOME: _, CRIA_HOME: __, ...environment } = process.env;
    const started = spawnSync(process.execPath, [mainPath, "doctor", "--json", "--port", "0"], {
      cwd: tmpdir(),
      env: { ...environment, ...(home === undefined ? {} : { HOME: home }), CRIA_GPU: "off", HF_HUB_OFFLINE: "1" },
      encoding: "utf8",
    });
    const { findings } = JSON.parse(started.stdout) as { findings: { check: string; message: string }[] };
    expect(findings.find(({ check }) => check === "home")?.message).toContain(join(userInfo().homedir, ".cria"));
  });

  it("is told by the doctor, too, that the home is a file", async () => {
    const path = join(home.path, "file");
    await writeFile(path, "");
    const { code, output } = await cria("doctor", "--home", path, "--port", "0");
    expect([code, output]).toEqual([1, expect.stringContaining(`home: ${path} cannot be a folder of Cria's`)]);
    expect(output).toContain("1 problem to solve");
  });

  /** What a shell does with it. */
  function inShell(script: string) {
    return spawnSync("sh", ["-c", script, process.execPath, mainPath], {
      env: { ...process.env, CRIA_HOME: home.path, CRIA_GPU: "off", HF_HUB_OFFLINE: "1", CI: "1" },
      encoding: "utf8",
    });
  }

  it("may stop reading before the end", () => {
    const { stdout, stderr } = inShell('{ "$0" "$1" doctor --port 0; echo "status $?" >&2; } | head -n 1');
    expect(stdout).toMatch(/^ok {7}node: .*\n$/);
    expect(stderr).toBe("status 0\n");
  });

  it.runIf(existsSync("/dev/full"))("is told that what is printed cannot be written", () => {
    const { stderr, status } = inShell('"$0" "$1" list > /dev/full');
    expect([stderr, status]).toEqual(["What is printed cannot be written (ENOSPC).\n", 1]);
  });

  it("is told that the server of this home runs already when its port is asked for", async () => {
    const first = new CriaProcess(["serve", "--port", "0"], { CRIA_HOME: home.path, CI: "1" });
    const url = await first.url();
    const { code, output } = await cria("serve", "--port", new URL(url).port);
    expect([code, output]).toEqual([1, expect.stringMatching(/^Another Cria server \(process \d+ at /)]);
    expect(output).toContain(`Open ${url},`);
    // Whoever talks in the terminal need not know the port either.
    const answer = await cria("chat", "demo", "-p", "Hi", "-n", "2", "--port", "1");
    expect(answer.code, answer.output).toBe(0);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/cria_generated_tokens_total\S* [1-9]/);
    first.child.kill("SIGTERM");
    await first.ended;
  });

  it("is told about a value that cannot be, also a negative one", async () => {
    expect(await cria("serve", "--port", "-1")).toMatchObject({
      code: 1,
      output: expect.stringContaining('--port cannot be "-1".'),
    });
    expect((await cria("chat", "demo", "-p", "Hello", "--temp", "-1")).output).toContain(
      '--temperature cannot be "-1".\nIt goes from 0 to 5',
    );
  });

  it("gives a prompt or a token that looks like a number or a flag", async () => {
    const answer = await cria("chat", "demo", "--local", "-p", "-5 plus 3?", "-n", "2", "--json");
    expect(answer.code, answer.output).toBe(0);
    // A token that counts: the server goes on to the next thing that is wrong.
    const served = await cria("serve", "--token", "12345678901234567890", "--port", "x");
    expect(served.output).toContain('--port cannot be "x".');
  });
});
