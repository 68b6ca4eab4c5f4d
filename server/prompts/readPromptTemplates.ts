import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";

/** A text with `{{placeholders}}` that someone fills in before it is sent as it stands. */
export interface PromptTemplate {
  /** The file's name without `.txt`. */
  name: string;
  text: string;
  /** The user's own, in the home's folder; those that ship are not. */
  editable: boolean;
}

/** The template that is chosen at first; it comes first, too. */
const defaultName = "default";

/** Bounds of a folder that anyone may put files into: more is a mistake, not a set of templates. */
const maxTemplates = 500;
const maxTemplateBytes = 64 * 1024;

/** The templates that ship, `default` first, then the user's own, each by name. A folder or file that cannot be read is left out. */
export async function readPromptTemplates(folders: {
  /** Absolute. */
  builtInPath: string;
  ownPath: string;
}): Promise<PromptTemplate[]> {
  const [builtIn, own] = await Promise.all([readFolder(folders.builtInPath), readFolder(folders.ownPath)]);
  builtIn.sort((a, b) => Number(b.name === defaultName) - Number(a.name === defaultName));
  return [
    ...builtIn.map((template) => ({ ...template, editable: false })),
    ...own.map((template) => ({ ...template, editable: true })),
  ];
}

async function readFolder(folderPath: string): Promise<{ name: string; text: string }[]> {
  const entries = await readdir(folderPath, { withFileTypes: true }).catch(() => []);
  // A plain file only: a link could lead anywhere, and what it leads to would be shown in every browser.
  const names = entries
    .filter((entry) => entry.isFile() && extname(entry.name).toLowerCase() === ".txt" && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort((a, b) => a.localeCompare(b))
    .slice(0, maxTemplates);
  const templates: { name: string; text: string }[] = [];
  for (const name of names) {
    const text = await readTemplate(join(folderPath, name));
    if (text !== undefined) templates.push({ name: basename(name, extname(name)), text });
  }
  return templates;
}

/** The file's text, or `undefined` when it is not a plain file, too big or not UTF-8. */
async function readTemplate(path: string): Promise<string | undefined> {
  try {
    // The file may have changed since the folder was read: no link is followed and no pipe waited for.
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    await using file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > maxTemplateBytes) return undefined;
    const bytes = Buffer.alloc(stats.size);
    const { bytesRead } = await file.read(bytes, 0, stats.size, 0);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, bytesRead));
  } catch {
    return undefined;
  }
}
