/** What any process takes that finds programs and libraries, temporary files and the user's own folders. */
const commonVariables = [
  "PATH",
  "LD_LIBRARY_PATH",
  "SystemRoot",
  "windir",
  "TEMP",
  "TMP",
  "TMPDIR",
  "LANG",
  "HOME",
  "USERPROFILE",
];

/**
 * The environment for a process of ours: of `environment` only what every process takes and what `passes` names besides, as whole names
 * or as beginnings of names. Everything else could be a secret ([T25]).
 */
export function cleanEnvironment(
  environment: NodeJS.ProcessEnv,
  passes: { names?: readonly string[]; prefixes?: readonly string[] },
): NodeJS.ProcessEnv {
  const names = new Set([...commonVariables, ...(passes.names ?? [])]);
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => names.has(name) || (passes.prefixes ?? []).some((prefix) => name.startsWith(prefix)),
    ),
  );
}
