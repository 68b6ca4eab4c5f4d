import { describe, expect, it } from "vitest";
import { availableMemoryBytes, cachedFileBytes, type MemoryReadings, totalMemoryBytes } from "./availableMemory.js";

const files = (content: Record<string, string>) => (path: string) => {
  const text = content[path];
  if (text === undefined) throw new Error("ENOENT");
  return text;
};

const version2 = {
  "/proc/self/cgroup": "0::/\n",
  "/sys/fs/cgroup/memory.stat": "anon 400\nfile 900\nshmem 100\ninactive_file 600\nactive_file 200\nunevictable 0\n",
};
const version1 = {
  "/proc/self/cgroup": "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n",
  "/sys/fs/cgroup/memory/memory.stat":
    "inactive_file 1\nactive_file 2\nhierarchical_memory_limit 5\ntotal_inactive_file 30\ntotal_active_file 40\n",
};

describe("availableMemoryBytes", () => {
  const container: MemoryReadings = {
    limitBytes: 8e9,
    leftBytes: 0.2e9,
    machineLeftBytes: 30e9,
    machineBytes: 64e9,
    read: files({
      ...version2,
      "/sys/fs/cgroup/memory.stat": "inactive_file 4000000000\nactive_file 1000000000\n",
    }),
  };

  it("counts the file cache of a container as memory that can be had", () => {
    expect(availableMemoryBytes(container)).toBe(5.2e9);
    expect(totalMemoryBytes(container)).toBe(8e9);
  });

  it("never has more than the machine has left, or the container at all", () => {
    expect(availableMemoryBytes({ ...container, machineLeftBytes: 3e9 })).toBe(3e9);
    expect(availableMemoryBytes({ ...container, leftBytes: 7e9 })).toBe(8e9);
  });

  it.each([0, 2 ** 63])("is the machine's where there is no limit (%d)", (limitBytes) => {
    const machine = { ...container, limitBytes, leftBytes: 20e9 };
    expect(availableMemoryBytes(machine)).toBe(20e9);
    expect(totalMemoryBytes(machine)).toBe(64e9);
  });

  it("is what is left where nothing is told of the cache", () => {
    expect(availableMemoryBytes({ ...container, read: files({}) })).toBe(0.2e9);
  });

  it("is told for this machine", () => {
    expect(availableMemoryBytes()).toBeGreaterThan(0);
    expect(availableMemoryBytes()).toBeLessThanOrEqual(totalMemoryBytes());
  });
});

describe("cachedFileBytes", () => {
  it("reads version 2 of control groups", () => {
    expect(cachedFileBytes(files(version2))).toBe(800);
  });

  it("reads version 1, where the groups below count too", () => {
    expect(cachedFileBytes(files(version1))).toBe(70);
  });

  it("reads the process's own group, such as a service's, before the machine's", () => {
    const service = {
      ...version2,
      "/proc/self/cgroup": "0::/system.slice/cria.service\n",
      "/sys/fs/cgroup/system.slice/cria.service/memory.stat": "inactive_file 5\nactive_file 6\n",
    };
    expect(cachedFileBytes(files(service))).toBe(11);
  });

  it.each([
    ["no such files", {}],
    ["nonsense", { ...version2, "/sys/fs/cgroup/memory.stat": "hello" }],
  ])("finds none: %s", (_name, content) => {
    expect(cachedFileBytes(files(content))).toBe(0);
  });
});
