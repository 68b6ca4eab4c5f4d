import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CriaProcess } from "./CriaProcess.js";
import { temporaryHome } from "./TestServer.js";

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
    expect((await cria("tune")).output).toContain("cria tune --help says what it takes.");
    expect((await cria("sevre")).output).toContain("cria --help lists the commands.");
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
