import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { readPromptTemplates } from "./readPromptTemplates.js";

const builtInPath = join(packagePath, "models", "prompts");
let ownPath: string;
beforeEach(async () => {
  ownPath = await mkdtemp(join(tmpdir(), "cria-prompts-"));
});
afterEach(() => rm(ownPath, { recursive: true, force: true }));

const own = async () => (await readPromptTemplates({ builtInPath, ownPath })).filter(({ editable }) => editable);

describe("prompt templates", () => {
  it("[DA14] ship for Dalai's seven purposes, the default one first", async () => {
    const templates = await readPromptTemplates({ builtInPath, ownPath });
    expect(templates.map(({ name }) => name)).toEqual([
      "default",
      "ai-dialog",
      "chatbot",
      "instruction-alpaca",
      "rewrite-alpaca",
      "translate",
      "tweet-sentiment",
    ]);
    for (const { text, editable } of templates) {
      expect(text).toContain("{{prompt}}");
      expect(editable).toBe(false);
    }
    expect(templates[0]?.text).toMatch(/### Instruction:\n\{\{prompt\}\}\n\n### Response:\n$/);
  });

  it("[DA14] take the user's own text files, by name", async () => {
    await writeFile(join(ownPath, "zebra.txt"), "z {{prompt}}");
    await writeFile(join(ownPath, "Ärger.txt"), "\u{feff}ä");
    expect(await own()).toEqual([
      { name: "Ärger", text: "ä", editable: true },
      { name: "zebra", text: "z {{prompt}}", editable: true },
    ]);
  });
});

describe("what is no template", () => {
  it("[DA14] is left out: links, folders, other files, too long ones, those that are no text", async () => {
    await writeFile(join(ownPath, "good.txt"), "good");
    await writeFile(join(ownPath, "notes.md"), "x");
    await writeFile(join(ownPath, ".hidden.txt"), "x");
    await writeFile(join(ownPath, "long.txt"), "x".repeat(64 * 1024 + 1));
    await writeFile(join(ownPath, "binary.txt"), Buffer.from([0xff, 0xfe, 0x00]));
    await symlink(join(packagePath, "package.json"), join(ownPath, "link.txt"));
    await symlink(ownPath, join(ownPath, "folder.txt"));
    expect((await own()).map(({ name }) => name)).toEqual(["good"]);
  });

  it("[DA14] leaves the others when the folder is not there", async () => {
    const templates = await readPromptTemplates({ builtInPath, ownPath: join(ownPath, "missing") });
    expect(templates).toHaveLength(7);
  });
});
