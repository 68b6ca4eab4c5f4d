import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addToken, hashToken, readTokens, revokeToken } from "./tokenFile.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-tokens-"));
  path = join(folder, "tokens.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("tokens at rest", () => {
  it("[T5] are hashed, readable by their owner alone, named, listed and revoked", async () => {
    const { secret, token } = await addToken(path, { name: "phone", mine: false });
    expect(secret).toMatch(/^cria_[\w-]{43}$/);
    expect(readTokens(path)).toEqual([token]);
    expect(token).toMatchObject({ name: "phone", owner: token.id, sha256: hashToken(secret).toString("hex") });
    expect(readFileSync(path, "utf8")).not.toContain(secret);
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
    await revokeToken(path, "phone");
    expect(readTokens(path)).toEqual([]);
  });

  it("[T5] open the chats of this machine when they are its owner's", async () => {
    expect((await addToken(path, { name: "me", mine: true })).token.owner).toBe("local");
  });

  it("[T5] get their file's mode back when somebody has opened it to others", async () => {
    await addToken(path, { name: "a", mine: false });
    chmodSync(path, 0o644);
    await addToken(path, { name: "b", mine: false });
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("[T5] are all there when many are made at once", async () => {
    await Promise.all(Array.from({ length: 8 }, (_, n) => addToken(path, { name: `t${n}`, mine: false })));
    expect(
      readTokens(path)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Array.from({ length: 8 }, (_, n) => `t${n}`));
  });
});

describe("refuses", () => {
  it.each(["", " x", "../x", "a/b", "x".repeat(61), "a\nb", "$(touch x)", "\u0000", "`id`"])(
    "[T8] the name %j",
    async (name) => {
      await expect(addToken(path, { name, mine: false })).rejects.toMatchObject({ code: "bad_request", field: "name" });
    },
  );

  it("a name that is taken, and to revoke what is not there", async () => {
    await addToken(path, { name: "phone", mine: false });
    await expect(addToken(path, { name: "phone", mine: false })).rejects.toMatchObject({ code: "bad_request" });
    await expect(revokeToken(path, "tablet")).rejects.toMatchObject({ code: "not_found" });
  });

  it.each(["", "{", "null", "[]", '{"version":2,"tokens":[]}', '{"version":1,"tokens":[{}]}'])(
    "[T5] a damaged file: %j",
    (text) => {
      writeFileSync(path, text);
      expect(() => readTokens(path)).toThrowError(expect.objectContaining({ code: "tokens_unreadable" }));
    },
  );
});
