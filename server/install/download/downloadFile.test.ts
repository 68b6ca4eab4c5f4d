import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../platform/AppError.js";
import { LocalHub } from "../../test/LocalHub.js";
import { seededBytes } from "../../test/seededBytes.js";
import type { DownloadOptions, DownloadRequest, DownloadSettings } from "./Download.js";
import { downloadFile } from "./downloadFile.js";
import { GrowingFile } from "./GrowingFile.js";
import { HttpClient } from "./HttpClient.js";
import { NetworkPolicy } from "./NetworkPolicy.js";

const content = seededBytes(1_000_003);
const sha256 = createHash("sha256").update(content).digest("hex");
const settings: Partial<DownloadSettings> = {
  segmentBytes: 128 * 1024,
  saveEveryBytes: 128 * 1024,
  stallWindowMs: 10_000,
  retry: { attempts: 4, baseDelayMs: 1, maxDelayMs: 5, random: () => 1 },
};

let hub: LocalHub;
let http: HttpClient;
let folder: string;
let path: string;

beforeEach(async () => {
  hub = await LocalHub.start();
  hub.add("owner/model", { "weights.bin": content, "config.json": Buffer.from('{"small":true}') });
  http = new HttpClient({
    policy: new NetworkPolicy({ endpoint: new URL(hub.endpoint), endpointConfigured: true }),
    token: "hf_secret",
    userAgent: "cria-test",
  });
  folder = await mkdtemp(join(tmpdir(), "cria-download-"));
  path = join(folder, "weights.bin");
});

afterEach(async () => {
  await http.close();
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const request = (changes: Partial<DownloadRequest> = {}): DownloadRequest => ({
  url: new URL(`${hub.endpoint}/owner/model/resolve/main/weights.bin`),
  path,
  sizeBytes: content.length,
  sha256,
  maxBytes: 10_000_000,
  errorFor: (answer) => new AppError("hub_failed", `status ${answer.status}`),
  ...changes,
});
const fetchIt = (changes: Partial<DownloadRequest> = {}, options: Partial<DownloadOptions> = {}) =>
  downloadFile(request(changes), { http, signal: new AbortController().signal, settings, ...options });
const isWhole = async () => expect(Buffer.compare(await readFile(path), content)).toBe(0);
const ranges = () => hub.requests.filter((entry) => entry.host === "cdn").map((entry) => entry.range);

describe("downloadFile", () => {
  it("fetches a file in parallel ranges, checks it and leaves nothing else behind", async () => {
    const seen: [number, number][] = [];
    const result = await fetchIt({}, { onProgress: (done, total) => void seen.push([done, total]) });
    expect(result).toEqual({ sizeBytes: content.length, sha256, fetchedBytes: content.length });
    await isWhole();
    expect(await readdir(folder)).toEqual(["weights.bin"]);
    expect(ranges()).toHaveLength(8);
    expect(hub.sentBytes("weights.bin")).toBe(content.length);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
    expect(seen.every(([done], index) => index === 0 || done >= (seen[index - 1]?.[0] ?? 0))).toBe(true);
  });

  it("asks the hub once and its file server for every range; the token goes to the hub only", async () => {
    await fetchIt();
    expect(hub.requests.filter((entry) => entry.host === "hub")).toHaveLength(1);
    expect(hub.requests[0]?.authorization).toBe("Bearer hf_secret");
    for (const entry of hub.requests) if (entry.host === "cdn") expect(entry.authorization).toBeUndefined();
  });

  it("goes on at the byte after it was stopped", async () => {
    const stop = new AbortController();
    const reason = new Error("stopped here");
    await expect(
      fetchIt({}, { signal: stop.signal, onProgress: (done) => done >= 400_000 && stop.abort(reason) }),
    ).rejects.toBe(reason);
    const before = hub.sentBytes("weights.bin");
    const state = JSON.parse(await readFile(`${path}.partial.json`, "utf8"));
    const kept = state.done.reduce(
      (sum: number, range: { start: number; end: number }) => sum + range.end - range.start,
      0,
    );
    expect(kept).toBeGreaterThanOrEqual(400_000);
    const result = await fetchIt();
    expect(result.fetchedBytes).toBe(content.length - kept);
    expect(hub.sentBytes("weights.bin") - before).toBe(content.length - kept);
    await isWhole();
  });

  it("does not begin when it was stopped before", async () => {
    const reason = new Error("stopped before");
    await expect(fetchIt({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(hub.requests).toHaveLength(0);
  });

  it("fetches a small file that the hub itself sends, and checks git's checksum", async () => {
    const small = Buffer.from('{"small":true}');
    const gitBlobId = createHash("sha1").update(`blob ${small.length}\0`).update(small).digest("hex");
    const url = new URL(`${hub.endpoint}/owner/model/resolve/main/config.json`);
    await fetchIt({ url, sizeBytes: small.length, sha256: undefined, gitBlobId });
    expect((await readFile(path)).equals(small)).toBe(true);
    await rm(path);
    await expect(
      fetchIt({ url, sizeBytes: small.length, sha256: undefined, gitBlobId: "0".repeat(40) }),
    ).rejects.toMatchObject({ code: "download_corrupt" });
  });

  it("fetches a file of which the source tells neither size nor checksum", async () => {
    const result = await fetchIt({ sizeBytes: undefined, sha256: undefined });
    expect(result).toMatchObject({ sizeBytes: content.length, sha256 });
    await isWhole();
  });

  it("fetches a file of unknown size that is smaller than one range", async () => {
    hub.add("owner/model", { "weights.bin": content.subarray(0, 5000) });
    expect(await fetchIt({ sizeBytes: undefined, sha256: undefined })).toMatchObject({ sizeBytes: 5000 });
    expect(hub.requests).toHaveLength(2);
  });

  it("fetches an empty file", async () => {
    hub.add("owner/model", { "weights.bin": new Uint8Array() });
    const empty = createHash("sha256").digest("hex");
    expect(await fetchIt({ sizeBytes: 0, sha256: empty })).toMatchObject({ sizeBytes: 0, sha256: empty });
    expect(await fetchIt({ sizeBytes: undefined, sha256: undefined })).toMatchObject({ sizeBytes: 0, sha256: empty });
  });

  it("fetches the file again when what an earlier run left was spoilt on the disk", async () => {
    const stop = new AbortController();
    await expect(
      fetchIt({}, { signal: stop.signal, onProgress: (done) => done >= 400_000 && stop.abort() }),
    ).rejects.toThrow();
    const partial = await readFile(`${path}.partial`);
    partial[10] = (partial[10] ?? 0) ^ 1;
    await writeFile(`${path}.partial`, partial);
    await fetchIt();
    await isWhole();
  });

  it("begins anew when the bytes on the disk do not fit the note about them", async () => {
    const stop = new AbortController();
    await expect(
      fetchIt({}, { signal: stop.signal, onProgress: (done) => done >= 400_000 && stop.abort() }),
    ).rejects.toThrow();
    await truncate(`${path}.partial`, 300_000);
    expect((await fetchIt()).fetchedBytes).toBe(content.length);
    await isWhole();
  });

  it("does not join bytes of two sources", async () => {
    const stop = new AbortController();
    await expect(
      fetchIt({}, { signal: stop.signal, onProgress: (done) => done >= 400_000 && stop.abort() }),
    ).rejects.toThrow();
    const other = seededBytes(content.length, 2);
    hub.add("owner/model", { "weights.bin": other });
    await fetchIt({ sha256: createHash("sha256").update(other).digest("hex") });
    expect(Buffer.compare(await readFile(path), other)).toBe(0);
  });
});

describe("downloadFile against servers that fail", () => {
  it.each([
    ["cuts the connection", { type: "cut", afterBytes: 100_000 }, 3],
    ["answers 500", { type: "status", status: 500 }, 3],
    ["answers 429 with a time to wait", { type: "status", status: 429, headers: { "retry-after": "0" } }, 3],
    ["has forgotten the signed address", { type: "status", status: 403 }, 1],
    ["sends other bytes than asked for", { type: "wrongRange" }, 2],
    ["announces more than it sends", { type: "lyingLength", addBytes: 1000 }, 2],
  ] as const)("gets the file whole when the file server %s for a while", async (_, action, times) => {
    // The first request must pass, or it is the hub's answer that counts.
    hub.fail({ host: "cdn", action, times, skip: 1 });
    await fetchIt();
    await isWhole();
  });

  it("gets the file whole when a server stalls for a while", async () => {
    hub.fail({ host: "cdn", action: { type: "stall", afterBytes: 1000 }, times: 2 });
    await fetchIt({}, { settings: { ...settings, stallWindowMs: 150 } });
    await isWhole();
  });

  it("asks the hub for a new address when the signed one ran out", async () => {
    hub.fail({ host: "cdn", action: { type: "status", status: 403 }, times: 1, skip: 2 });
    await fetchIt();
    expect(hub.requests.filter((entry) => entry.host === "hub").length).toBeGreaterThan(1);
    await isWhole();
  });

  it("[T13] gives up on a server that sends single bytes", async () => {
    hub.fail({ host: "cdn", action: { type: "trickle", everyMs: 20 } });
    await expect(fetchIt({}, { settings: { ...settings, stallWindowMs: 100 } })).rejects.toMatchObject({
      code: "download_stalled",
    });
  });

  it("gives up after some tries without progress and says why", async () => {
    hub.fail({ host: "hub", path: "resolve", action: { type: "status", status: 503 } });
    const retries: number[] = [];
    await expect(fetchIt({}, { onRetry: (_, delayMs) => void retries.push(delayMs) })).rejects.toMatchObject({
      code: "hub_failed",
      message: "status 503",
    });
    // 4 tries; each wait is twice as long as the one before, up to the limit.
    expect(retries).toEqual([1, 2, 4]);
  });

  it("does not ask twice where the answer will stay the same", async () => {
    for (const status of [401, 403, 404, 410, 451]) {
      hub.heal();
      hub.requests.length = 0;
      hub.fail({ host: "hub", path: "resolve", action: { type: "status", status } });
      await expect(fetchIt()).rejects.toMatchObject({ message: `status ${status}` });
      expect(hub.requests).toHaveLength(1);
    }
  });

  it("does not wait as long as a server may ask for", async () => {
    hub.fail({
      host: "hub",
      path: "resolve",
      action: { type: "status", status: 429, headers: { "retry-after": "86400" } },
    });
    await expect(fetchIt()).rejects.toMatchObject({ message: "status 429" });
    expect(hub.requests).toHaveLength(1);
  });

  it("fetches the whole file when the server knows no ranges", async () => {
    hub.fail({ host: "cdn", action: { type: "ignoreRange" } });
    expect((await fetchIt()).fetchedBytes).toBe(content.length);
    await isWhole();
    expect(ranges()).toHaveLength(1);
  });

  it("fetches the whole file when the server tells neither ranges nor length, also after a break", async () => {
    hub.fail({ host: "cdn", action: { type: "cut", afterBytes: 300_000 }, times: 1 });
    hub.fail({ host: "cdn", action: { type: "ignoreRange", withLength: false } });
    expect(await fetchIt({ sizeBytes: undefined, sha256: undefined })).toMatchObject({
      sizeBytes: content.length,
      sha256,
    });
    await isWhole();
  });

  it("begins anew when the server forgets about ranges in the middle", async () => {
    hub.fail({ host: "cdn", action: { type: "ignoreRange" }, skip: 3 });
    await fetchIt();
    await isWhole();
  });

  it("fetches first what somebody waits for who reads along", async () => {
    hub.totalBytesPerSecond = 4_000_000;
    const growing = new GrowingFile(() => Promise.resolve(false));
    const read = async (offset: number, length: number) => {
      const bytes = await growing.read(offset, length);
      expect(bytes !== undefined && Buffer.compare(bytes, content.subarray(offset, offset + length)) === 0).toBe(true);
      return hub.sentBytes();
    };
    const late = read(900_000, 50_000);
    const middle = read(500_000, 1000);
    await fetchIt({}, { growing, settings: { ...settings, connections: 1 } });
    growing.finish();
    await isWhole();
    // One answer of 128 kB was asked for before anything could be waited for.
    expect(await late).toBeLessThan(500_000);
    expect(await middle).toBeLessThan(700_000);
    expect(await growing.read(0, 10)).toBeUndefined();
  });

  it("tells whoever reads along before it drops what does not have the right checksum", async () => {
    hub.fail({ host: "cdn", times: 1, action: { type: "flipByte", offset: 10 } });
    let used = false;
    const growing = new GrowingFile((touched) => {
      used = touched;
      return Promise.resolve(touched);
    });
    const reading = growing.read(0, 20);
    await expect(fetchIt({}, { growing })).rejects.toMatchObject({ code: "download_corrupt" });
    expect((await reading)?.length).toBe(20);
    expect(used).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });

  it("begins anew when the file changes in the middle", async () => {
    const other = seededBytes(900_001, 2);
    hub.fail({
      host: "cdn",
      action: { type: "run", run: () => hub.add("owner/model", { "weights.bin": other }) },
      times: 1,
      skip: 3,
    });
    const result = await fetchIt({ sizeBytes: undefined, sha256: undefined });
    expect(result.sizeBytes).toBe(other.length);
    expect(Buffer.compare(await readFile(path), other)).toBe(0);
  });

  it("gives up on a file that changes all the time", async () => {
    let seed = 2;
    const change = () => hub.add("owner/model", { "weights.bin": seededBytes(content.length, seed++) });
    hub.fail({ host: "cdn", action: { type: "run", run: change } });
    await expect(fetchIt({ sizeBytes: undefined, sha256: undefined })).rejects.toMatchObject({
      code: "download_corrupt",
    });
  });

  it("[T14] does not accept a file with one flipped bit, and keeps nothing of it", async () => {
    hub.fail({ host: "cdn", action: { type: "flipByte", offset: 700_000 } });
    await expect(fetchIt()).rejects.toMatchObject({ code: "download_corrupt" });
    expect(await readdir(folder)).toEqual([]);
  });

  it("[T13] refuses a file of another size than the source says", async () => {
    hub.add("owner/model", { "weights.bin": seededBytes(content.length + 1) });
    await expect(fetchIt()).rejects.toMatchObject({ code: "download_corrupt", message: /should have 1000003/ });
  });

  it("begins anew when the file became shorter than what is there of it", async () => {
    const stop = new AbortController();
    const unknown = { sizeBytes: undefined, sha256: undefined };
    await expect(
      fetchIt(unknown, { signal: stop.signal, onProgress: (done) => done >= 600_000 && stop.abort() }),
    ).rejects.toThrow();
    hub.add("owner/model", { "weights.bin": content.subarray(0, 100_000) });
    expect(await fetchIt(unknown)).toMatchObject({ sizeBytes: 100_000 });
  });

  it("[T13] refuses compressed answers", async () => {
    hub.fail({ host: "cdn", action: { type: "encoded", encoding: "gzip" } });
    await expect(fetchIt()).rejects.toMatchObject({ code: "download_corrupt", message: /compressed/ });
  });

  it("[T13] cuts off a body that does not end", async () => {
    hub.fail({ host: "cdn", action: { type: "endless" } });
    await expect(fetchIt()).rejects.toMatchObject({ code: "download_corrupt" });
    hub.heal();
    hub.fail({ host: "cdn", action: { type: "ignoreRange", withLength: false } });
    await expect(fetchIt({ sizeBytes: undefined, sha256: undefined, maxBytes: 500_000 })).rejects.toMatchObject({
      code: "download_corrupt",
    });
  });

  it("[T12] follows no redirect to a host that is neither the hub nor its file server", async () => {
    for (const location of [
      "http://169.254.169.254/latest/meta-data",
      "http://localhost:1/",
      "https://evil.example/weights.bin",
      "file:///etc/passwd",
      "http://[::ffff:a9fe:a9fe]/",
      `http://user@127.0.0.1:${new URL(hub.cdnOrigin).port}/`,
    ]) {
      hub.heal();
      hub.fail({ host: "hub", path: "resolve", action: { type: "redirect", location } });
      await expect(fetchIt()).rejects.toMatchObject({ code: "download_refused" });
    }
  });

  it("gives up when it is sent round in circles", async () => {
    const location = `${hub.endpoint}/owner/model/resolve/main/weights.bin`;
    hub.fail({ host: "hub", path: "resolve", action: { type: "redirect", location } });
    await expect(fetchIt()).rejects.toMatchObject({ code: "download_failed", message: /in circles/ });
  });

  it("says what to do when the folder is gone or cannot be written to", async () => {
    await expect(fetchIt({ path: join(folder, "weights.bin", "x") })).rejects.toThrow();
    await writeFile(path, "");
    await expect(fetchIt({ path: join(path, "x") })).rejects.toThrow();
  });
});
