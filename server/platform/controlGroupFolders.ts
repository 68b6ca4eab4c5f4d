/** Reads a small file of the system; throws where there is none. */
export type ReadText = (path: string) => string;

const root = "/sys/fs/cgroup";

/**
 * Where the limits of this process's control group stand, version 2 before version 1, and in each its own group before those above it: a service
 * has a group of its own below the root, a container sees its own at the root whatever its path is outside. Some may not exist. Source:
 * Linux, cgroups(7), /proc/pid/cgroup.
 */
export function controlGroupFolders(controller: string, read: ReadText): string[] {
  let groups = "";
  try {
    groups = read("/proc/self/cgroup");
  } catch {
    // No Linux, or none that tells: what is at the root counts.
  }
  const own = (pattern: RegExp) => pattern.exec(groups)?.[1] ?? "/";
  return [
    ...upwards(root, own(/^0::(.*)$/m)),
    ...upwards(`${root}/${controller}`, own(new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, "m"))),
  ];
}

function upwards(mount: string, path: string): string[] {
  const steps = path.split("/").filter((step) => step !== "");
  return steps.map((_, index) => `${mount}/${steps.slice(0, steps.length - index).join("/")}`).concat(mount);
}
