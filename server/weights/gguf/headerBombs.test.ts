import { execFile } from "node:child_process";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RawGguf } from "../fixtures/rawGguf.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cria-bombs-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A header whose lies are covered by the file's size: 8 GiB, none of it on the disk. */
async function sparse(name: string, header: RawGguf): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, header.done());
  const file = await open(path, "r+");
  await file.truncate(8 * 2 ** 30);
  await file.close();
  return path;
}

const readerUrl = new URL("./readGgufHeader.js", import.meta.url).href;
// Its own process, because its memory is what is measured. CPU time, because other programs may be busy.
const script = `
  const { readGgufHeader } = await import(${JSON.stringify(readerUrl)});
  await readGgufHeader(process.argv[1]).catch(() => undefined);
  const before = { rss: process.resourceUsage().maxRSS, cpu: process.cpuUsage() };
  const code = await readGgufHeader(process.argv[2]).then(() => "accepted", (error) => error.code);
  const { user, system } = process.cpuUsage(before.cpu);
  console.log(JSON.stringify({ code, ms: (user + system) / 1000, mib: (process.resourceUsage().maxRSS - before.rss) / 1024 }));
`;

const array = (typeId: number, length: bigint) =>
  RawGguf.start({ entries: 1n }).entry("list", "array").uint32(typeId).uint64(length);

it.each([
  ["a billion empty strings", array(8, 1_000_000_000n)],
  [
    "a million empty strings and then nothing",
    RawGguf.start({ entries: 2n })
      .entry("list", "array")
      .uint32(8)
      .uint64(2n ** 20n),
  ],
  [
    "a string of 4 GiB",
    RawGguf.start({ entries: 1n })
      .entry("text", "string")
      .uint64(2n ** 32n),
  ],
  ["an array of 2^30 numbers", array(4, 2n ** 30n)],
  ["65,536 tensors of nothing", RawGguf.start({ tensors: 65_536n })],
  ["16,384 entries of nothing", RawGguf.start({ entries: 16_384n })],
  ["a tensor of 2^52 bytes", RawGguf.start({ tensors: 1n }).tensor("t", [2n ** 52n], 24)],
])("[T15] refuses %s in under 100 ms and 64 MiB", { timeout: 120_000 }, async (title, header) => {
  const bomb = await sparse(`${title.replaceAll(/\W/g, "-")}.gguf`, header);
  const small = join(folder, "small.gguf");
  await writeFile(small, RawGguf.start().done());
  const args = ["--input-type=module", "-e", script, small, bomb];
  const tryIt = async () => {
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout) as { code: string; ms: number; mib: number };
  };
  let { code, ms, mib } = await tryIt();
  // Work takes more of a processor's time where others use its caches; what is slow by itself is slow each time.
  for (let again = 0; again < 4 && ms >= 100; again++) ({ code, ms, mib } = await tryIt());
  expect(code).toBe("gguf_invalid");
  expect(ms).toBeLessThan(100);
  expect(mib).toBeLessThan(64);
});
