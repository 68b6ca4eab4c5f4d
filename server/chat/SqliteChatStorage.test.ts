import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../platform/logger.js";
import { homePaths } from "../platform/paths.js";
import { SqliteChatStorage } from "./SqliteChatStorage.js";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "cria-storage-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

/** Opens a guest's chats in a home that others may enter, and gives the modes of the home, of the guests' folder and of the file. */
async function modesIn(homeName: string): Promise<string[]> {
  const paths = homePaths(join(parent, homeName));
  mkdirSync(paths.ownerDatabases, { recursive: true });
  chmodSync(paths.ownerDatabases, 0o755);
  chmodSync(paths.home, 0o775);
  const { stores } = await new SqliteChatStorage(paths, createLogger("silent")).open("guest");
  await stores.close();
  return [paths.home, paths.ownerDatabases, join(paths.ownerDatabases, "guest.db")].map((path) =>
    (statSync(path).mode & 0o777).toString(8),
  );
}

describe.skipIf(process.platform === "win32")("[T25] folders that an earlier version has left open to others", () => {
  it("are closed to them; a group that the home was given to may still look for models", async () => {
    expect(await modesIn(".cria")).toEqual(["750", "700", "600"]);
  });

  it("stay as they are where they may be many people's", async () => {
    expect(await modesIn("shared")).toEqual(["775", "700", "600"]);
  });
});
