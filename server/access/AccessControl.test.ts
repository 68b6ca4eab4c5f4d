import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import { AccessControl } from "./AccessControl.js";
import { openAccess } from "./openAccess.js";
import { addToken, revokeToken } from "./tokenFile.js";

let folder: string;
let tokensPath: string;
let access: AccessControl | undefined;
const logger = createLogger("silent");
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-access-"));
  tokensPath = join(folder, "tokens.json");
});
afterEach(() => {
  access?.close();
  rmSync(folder, { recursive: true });
});

const open = (options: { required?: boolean; token?: string } = {}) => {
  access = new AccessControl({ required: options.required ?? true, token: options.token, tokensPath }, logger);
  return access;
};
const refusal = (code: string) => expect.objectContaining({ code });
const secret = "a-secret-of-some-length";

describe("AccessControl", () => {
  it("[T4] lets everyone in, as the one owner, where no token is asked for", () => {
    const access = open({ required: false });
    for (const address of ["127.0.0.1", "::1", "127.8.8.8"])
      expect(access.authorize("whatever", address)).toMatchObject({ owner: "local" });
  });

  it("[T4] lets nobody else in there, however they reach it", () => {
    const access = open({ required: false });
    for (const address of ["192.168.1.5", "1.1.1.1", "2001:db8:0:1::/64", "unknown"])
      expect(() => access.authorize(undefined, address)).toThrowError(refusal("unauthorized"));
  });

  it("[T4] knows named tokens and the run's own, and refuses none and wrong ones", async () => {
    const { secret: phone, token } = await addToken(tokensPath, { name: "phone", mine: false });
    const access = open({ token: secret });
    expect(access.authorize(phone, "1.1.1.1")).toEqual({ id: token.id, owner: token.id, name: "phone" });
    expect(access.authorize(secret, "1.1.1.1")).toMatchObject({ owner: "local" });
    for (const wrong of [undefined, "", "cria_", `${phone}x`, phone.slice(0, -1), phone.toUpperCase()])
      expect(() => access.authorize(wrong, `wrong ${wrong}`)).toThrowError(refusal("unauthorized"));
  });

  it("[T24] hears no more than five wrong tokens a minute from one address, not even the right one then", () => {
    const access = open({ token: secret });
    for (let n = 0; n < 5; n++)
      expect(() => access.authorize(`wrong ${n}`, "6.6.6.6")).toThrowError(refusal("unauthorized"));
    expect(() => access.authorize("wrong 5", "6.6.6.6")).toThrowError(refusal("too_many_requests"));
    expect(() => access.authorize(secret, "6.6.6.6")).toThrowError(refusal("too_many_requests"));
    expect(access.authorize(secret, "1.1.1.1")).toMatchObject({ owner: "local" });
  });

  it("[T24] does not bar those who were let in before, nor count the same wrong token twice", () => {
    const access = open({ token: secret });
    access.authorize(secret, "6.6.6.6");
    for (let n = 0; n < 50; n++)
      expect(() => access.authorize("an old cookie", "6.6.6.6")).toThrowError(refusal("unauthorized"));
    for (let n = 0; n < 5; n++) expect(() => access.authorize(`wrong ${n}`, "6.6.6.6")).toThrowError();
    expect(() => access.authorize("wrong 9", "6.6.6.6")).toThrowError(refusal("too_many_requests"));
    expect(access.authorize(secret, "6.6.6.6")).toMatchObject({ owner: "local" });
  });

  it("[T5] tells within a second that a token was revoked in another process, and checks refuse it", async () => {
    const { secret: phone } = await addToken(tokensPath, { name: "phone", mine: false });
    const access = open({ token: secret });
    const principal = access.authorize(phone, "1.1.1.1");
    access.check(principal);
    const told = new Promise<string>((resolve) => access.onRevoked((id) => resolve(id)));
    await revokeToken(tokensPath, "phone");
    // Beside the timer that looks at the file, and not by the clock: both are late together where the machine is busy.
    const tooLate = new Promise<string>((resolve) => setTimeout(resolve, 1000, "too late"));
    expect(await Promise.race([told, tooLate])).toBe(principal.id);
    expect(() => access.check(principal)).toThrowError(refusal("unauthorized"));
    expect(() => access.authorize(phone, "1.1.1.1")).toThrowError(refusal("unauthorized"));
    access.check(access.authorize(secret, "1.1.1.1"));
  });

  it("lets a token in at once that another process has just made", async () => {
    const access = open({ token: secret });
    for (const name of ["phone", "tablet"]) {
      const { secret: made, token } = await addToken(tokensPath, { name, mine: false });
      expect(access.authorize(made, "1.1.1.1")).toMatchObject({ id: token.id });
    }
  });

  it("[T5] notices that a token was revoked before it looked for the first time", async () => {
    const { secret: phone, token } = await addToken(tokensPath, { name: "phone", mine: false });
    const access = open({ token: secret });
    access.authorize(phone, "1.1.1.1");
    const told = new Promise<string>((resolve) => access.onRevoked(resolve));
    // At once: no turn of the event loop between what was read and what is there now.
    writeFileSync(tokensPath, JSON.stringify({ version: 1, tokens: [] }));
    expect(await told).toBe(token.id);
  });

  it("[T5] lets nobody in by a file that was damaged meanwhile", async () => {
    const { secret: phone } = await addToken(tokensPath, { name: "phone", mine: false });
    const access = open();
    access.authorize(phone, "1.1.1.1");
    const told = new Promise((resolve) => access.onRevoked(() => resolve(undefined)));
    writeFileSync(tokensPath, "{");
    await told;
    expect(() => access.authorize(phone, "1.1.1.1")).toThrowError(refusal("unauthorized"));
  });

  it("[T5] reads the file again when there was no file descriptor left to read it with", async () => {
    // Windows has no such bound.
    if (process.platform === "win32") return;
    await addToken(tokensPath, { name: "phone", mine: false });
    copyFileSync(tokensPath, `${tokensPath}.before`);
    const { secret: tablet } = await addToken(tokensPath, { name: "tablet", mine: false });
    const script = `
      const { closeSync, openSync, renameSync } = await import("node:fs");
      const [accessPath, loggerPath, tokensPath, tablet] = process.argv.slice(1);
      const { AccessControl } = await import(accessPath);
      const { createLogger } = await import(loggerPath);
      renameSync(tokensPath, tokensPath + ".after");
      renameSync(tokensPath + ".before", tokensPath);
      const access = new AccessControl({ required: true, token: undefined, tokensPath }, createLogger("silent"));
      const taken = [];
      try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {}
      const revoked = new Promise((resolve) => access.onRevoked(resolve));
      renameSync(tokensPath + ".after", tokensPath);
      const waiting = setInterval(() => {}, 1000);
      await revoked;
      for (const file of taken) closeSync(file);
      for (;;) {
        try { console.log("in:", access.authorize(tablet, "1.1.1.1").name); break; } catch {}
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      clearInterval(waiting);`;
    const file = (name: string) => new URL(name, import.meta.url).href;
    const { stdout, stderr } = spawnSync(
      "sh",
      [
        "-c",
        'ulimit -n 512 && exec "$0" "$@"',
        process.execPath,
        "--input-type=module",
        "-e",
        script,
        file("./AccessControl.js"),
        file("../platform/logger.js"),
        tokensPath,
        tablet,
      ],
      { encoding: "utf8", timeout: 60_000 },
    );
    expect([stdout, stderr]).toEqual(["in: tablet\n", ""]);
  });
});

describe("openAccess", () => {
  const config = { host: "127.0.0.1", token: undefined, allowedHosts: [], trustedProxies: [] };

  it.each(["127.0.0.1", "::1", "localhost", "127.8.8.8"])("[T4] asks for no token on %s", (host) => {
    access = openAccess({ ...config, host }, tokensPath, logger).access;
    expect(access.required).toBe(false);
  });

  it.each<[string, { host?: string; allowedHosts?: string[]; trustedProxies?: string[] }]>([
    ["every address", { host: "0.0.0.0" }],
    ["every IPv6 address", { host: "::" }],
    ["an address in the network", { host: "192.168.1.5" }],
    ["a name", { host: "my-machine" }],
    ["a name of its own", { allowedHosts: ["chat.example.org"] }],
    ["a proxy in front", { trustedProxies: ["127.0.0.1"] }],
  ])("[T4] refuses %s without a token and says how to make one", (_name, change) => {
    expect(() => openAccess({ ...config, ...change }, tokensPath, logger)).toThrowError(
      expect.objectContaining({ code: "token_required", hint: expect.stringContaining("cria token new") }),
    );
  });

  it("[T4] makes a token for the run when it is told to", () => {
    const opened = openAccess({ ...config, host: "0.0.0.0", token: "auto" }, tokensPath, logger);
    access = opened.access;
    expect(opened.token).toMatch(/^cria_/);
    expect(access.authorize(opened.token, "1.1.1.1")).toMatchObject({ owner: "local" });
  });

  it("[T4] asks for a token that was given on this machine too", () => {
    access = openAccess({ ...config, token: secret }, tokensPath, logger).access;
    expect(() => access?.authorize(undefined, "127.0.0.1")).toThrowError(refusal("unauthorized"));
  });
});
