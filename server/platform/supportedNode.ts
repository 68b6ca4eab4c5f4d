/**
 * The versions of Node that Cria runs on, in words: the lines with long support and whatever is newer. `engines` of package.json and
 * .ci/ready.mjs say the same. 22.12 is where the page can be built (Vite); the server itself ends on what is older than 22.2.
 */
export const supportedNode = "22.12 or newer (or 20.19 and newer of Node 20)";

/** Whether Cria runs on `version` (as of `process.versions.node`). Not on 21, which ended before it had what 20.15 has. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
}
