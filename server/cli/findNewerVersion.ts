import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { AppError } from "../platform/AppError.js";

/**
 * The newest version that npm knows, if it is newer than `current`. Asked through npm, which knows the user's registry and proxy.
 * Throws `connection_lost` when npm cannot say.
 */
export async function findNewerVersion(current: string): Promise<string | undefined> {
  let newest: unknown;
  try {
    // One more try: by itself npm goes on for more than a minute where nothing answers.
    const args = ["view", "cria", "version", "--json", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"];
    // npm is a script on Windows, which only a shell can start. A shell is given one line: Node warns of a list (DEP0190).
    const onWindows = process.platform === "win32";
    const [program, list] = onWindows ? [`npm ${args.join(" ")}`, []] : ["npm", args];
    const { stdout } = await promisify(execFile)(program, list, { timeout: 20_000, shell: onWindows });
    newest = JSON.parse(stdout);
  } catch (cause) {
    throw new AppError("connection_lost", "npm could not say which version is the newest.", {
      hint: "Try again later, or look at: npm view cria version",
      cause,
    });
  }
  return typeof newest === "string" && isNewer(newest, current) ? newest : undefined;
}

/** Whether release `a` comes after `b`, as semantic versioning orders them; what comes before a release is not newer than it. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [readVersion(a), readVersion(b)];
  if (left === undefined || right === undefined) return false;
  for (const index of [0, 1, 2] as const) {
    const [one, other] = [left.numbers[index] ?? 0, right.numbers[index] ?? 0];
    if (one !== other) return one > other;
  }
  return !left.isPreview && right.isPreview;
}

function readVersion(text: string): { numbers: number[]; isPreview: boolean } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.exec(text);
  return match === null ? undefined : { numbers: match.slice(1, 4).map(Number), isPreview: match[4] !== undefined };
}
