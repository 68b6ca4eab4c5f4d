import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryHome } from "../../test/TestServer.js";
import { saveNewFile } from "./saveNewFile.js";

let home: Awaited<ReturnType<typeof temporaryHome>>;
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.remove());

const at = (...names: string[]) => join(home.path, ...names);
const messageOf = (path: string) =>
  saveNewFile(path, "text").then(
    () => "saved",
    (error: Error & { hint?: string }) => `${error.message}\n${error.hint}`,
  );

describe("a talk that is saved", () => {
  it("is whole, for its owner alone, and nothing is left beside it", async () => {
    await saveNewFile(at("talk.md"), "äöü\n");
    expect(await readFile(at("talk.md"), "utf8")).toBe("äöü\n");
    expect((await stat(at("talk.md"))).mode & 0o777).toBe(0o600);
    expect(await readdir(home.path)).toEqual(["talk.md"]);
  });

  it("never takes the place of a file, also when several are saved at once", async () => {
    await writeFile(at("mine.md"), "mine");
    expect(await messageOf(at("mine.md"))).toContain(`${at("mine.md")} is there already.\nIt is left as it is.`);
    expect(await readFile(at("mine.md"), "utf8")).toBe("mine");
    const saved = await Promise.all([1, 2, 3, 4].map(() => messageOf(at("new.md"))));
    expect(saved.filter((outcome) => outcome === "saved")).toHaveLength(1);
    expect((await readdir(home.path)).sort()).toEqual(["mine.md", "new.md"]);
  });

  it("says in words why it cannot be saved, where, and what to do", async () => {
    await writeFile(at("file"), "");
    await mkdir(at("folder"));
    expect(await messageOf(at("none", "talk.md"))).toBe(
      `${at("none", "talk.md")} cannot be saved: there is no folder ${at("none")}.\nMake it first, or choose another place: /save ~/NAME.md`,
    );
    expect(await messageOf(at("file", "talk.md"))).toContain("cannot be saved: a part of its path is a file.");
    expect(await messageOf(at("folder"))).toContain(`is a folder.\nTo put a file in it, type a slash after it`);
    expect(await messageOf(at(`${"x".repeat(300)}.md`))).toContain("the name is too long");
    for (const name of ["none/talk.md", "file/talk.md", "folder"])
      expect(await messageOf(at(name))).not.toMatch(/E[A-Z]{3,}|errno|syscall/);
  });

  it.skipIf(process.platform !== "linux")("leaves no half of itself on a disk that is full", async () => {
    // Takes whatever is opened there, and no byte of it. Source: full(4).
    expect(await messageOf("/dev/full")).toContain("is there already");
    expect(await messageOf("/proc/talk.md")).toMatch(/cannot be saved: /);
  });
});
