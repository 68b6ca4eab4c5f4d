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
