import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { cpuQuotaCores, measureFreeCores, usableCores } from "./freeCores.js";

const files = (content: Record<string, string>) => (path: string) => {
  const text = content[path];
  if (text === undefined) throw new Error("ENOENT");
  return text;
};

describe("cpuQuotaCores", () => {
  it("reads version 2 of control groups", () => {
    expect(cpuQuotaCores(files({ "/sys/fs/cgroup/cpu.max": "150000 100000\n" }))).toBe(1.5);
  });

  it("reads version 1", () => {
    const v1 = { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000" };
    expect(cpuQuotaCores(files(v1))).toBe(4);
  });

  it("is the smallest of the process's own group, such as a service's, and of those above it", () => {
    const service = (own: string, above: string) => ({
      "/proc/self/cgroup": "0::/system.slice/cria.service\n",
      "/sys/fs/cgroup/system.slice/cria.service/cpu.max": own,
      "/sys/fs/cgroup/system.slice/cpu.max": above,
    });
    expect(cpuQuotaCores(files(service("200000 100000", "max 100000")))).toBe(2);
    expect(cpuQuotaCores(files(service("200000 100000", "100000 100000")))).toBe(1);
    const v1 = {
      "/proc/self/cgroup": "2:cpu,cpuacct:/jobs/one\n0::/\n",
      "/sys/fs/cgroup/cpu/jobs/one/cpu.cfs_quota_us": "300000",
      "/sys/fs/cgroup/cpu/jobs/one/cpu.cfs_period_us": "100000",
    };
    expect(cpuQuotaCores(files(v1))).toBe(3);
  });

  it.each([
    ["no limit in version 2", { "/sys/fs/cgroup/cpu.max": "max 100000" }],
    [
      "no limit in version 1",
      { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000" },
    ],
    ["no such files", {}],
    ["nonsense", { "/sys/fs/cgroup/cpu.max": "hello" }],
  ])("finds none: %s", (_name, content) => {
    expect(cpuQuotaCores(files(content))).toBeUndefined();
  });
});

describe("measureFreeCores", () => {
  it("gives at least one and never more than may be used", async () => {
    const free = await measureFreeCores(20);
    expect(free).toBeGreaterThanOrEqual(1);
    expect(free).toBeLessThanOrEqual(usableCores());
    expect(usableCores()).toBeLessThanOrEqual(availableParallelism());
  });
});
