import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalHub } from "../../test/LocalHub.js";
import { seededBytes } from "../../test/seededBytes.js";
import { HttpClient } from "../download/HttpClient.js";
import { NetworkPolicy } from "../download/NetworkPolicy.js";
import { HubClient } from "./HubClient.js";
import { readHubSettings } from "./hubSettings.js";

let hub: LocalHub;
const opened: HttpClient[] = [];

beforeEach(async () => {
  hub = await LocalHub.start();
});
afterEach(async () => {
  for (const http of opened.splice(0)) await http.close();
  await hub.close();
});

function client(environment: NodeJS.ProcessEnv = {}): HubClient {
  const settings = readHubSettings({ HF_ENDPOINT: hub.endpoint, HF_HOME: "/nonexistent", ...environment });
  const http = new HttpClient({ policy: new NetworkPolicy(settings), token: settings.token, userAgent: "cria-test" });
  opened.push(http);
  return new HubClient(http, settings, { attempts: 3, baseDelayMs: 1, maxDelayMs: 2 });
}

describe("HubClient", () => {
  it("pins a revision to a commit and lists the files of that commit, over all pages", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 7 }, (_, index) => [`small-${index}.json`, Buffer.from(`${index}`)]),
    );
    hub.add("owner/model", { ...files, "model.safetensors": seededBytes(5000) }, { license: "mit" });
    hub.pageSize = 3;
    const { commit, license } = await client().getRepository("owner/model", "main");
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(license).toBe("mit");
    const listed = await client().listFiles("owner/model", commit);
    expect(listed.map((file) => file.path).sort()).toEqual([...Object.keys(files), "model.safetensors"].sort());
    const large = listed.find((file) => file.path === "model.safetensors");
    expect(large).toMatchObject({
      sizeBytes: 5000,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      gitBlobId: undefined,
    });
    const small = listed.find((file) => file.path === "small-0.json");
    expect(small).toMatchObject({
      sizeBytes: 1,
      sha256: undefined,
      gitBlobId: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  it("tells a file that the file server lacks or wants a token for from a repository that is missing", () => {
    const answer = (status: number) => ({ status, url: new URL(hub.cdnOrigin), headers: {}, body: undefined });
    expect(client().fileError(answer(404), "owner/model", "a.bin")).toMatchObject({
      code: "hub_not_found",
      message: 'owner/model has no file "a.bin".',
    });
    expect(client().fileError(answer(401), "owner/model", "a.bin")).toMatchObject({ code: "hub_unauthorized" });
  });

  it("tells a missing, a private and a gated repository apart, and what to do", async () => {
    hub.add("owner/private", { a: Buffer.from("a") }, { token: "hf_right" });
    hub.add("owner/gated", { a: Buffer.from("a") }, { token: "hf_right", gated: true });
    await expect(client().getRepository("owner/missing", "main")).rejects.toMatchObject({
      code: "hub_not_found",
      hint: expect.stringContaining("HF_TOKEN"),
    });
    await expect(client({ HF_TOKEN: "hf_wrong" }).getRepository("owner/private", "main")).rejects.toMatchObject({
      code: "hub_not_found",
    });
    expect(await client({ HF_TOKEN: "hf_right" }).getRepository("owner/private", "main")).toBeDefined();
    const answer = { status: 401, headers: { "x-error-code": "GatedRepo" } };
    expect(client().fileError(answer, "owner/gated", "a")).toMatchObject({
      code: "hub_gated",
      hint: expect.stringContaining("accept the conditions"),
    });
    await expect(client().getRepository("owner/gated", "v9")).rejects.toMatchObject({
      code: "hub_not_found",
      message: expect.stringContaining('revision "v9"'),
    });
  });

  it.each([
    [401, "hub_not_found"],
    [403, "hub_unauthorized"],
    [404, "hub_not_found"],
    [429, "hub_rate_limited"],
    [500, "hub_failed"],
    [503, "hub_failed"],
  ])("explains status %i", async (status, code) => {
    hub.fail({ host: "hub", action: { type: "status", status } });
    await expect(client().getRepository("owner/model", "main")).rejects.toMatchObject({
      code,
      hint: expect.any(String),
    });
  });

  it("says that a token is wrong when the hub says so", async () => {
    hub.fail({ host: "hub", action: { type: "status", status: 401 } });
    await expect(client({ HF_TOKEN: "hf_old" }).getRepository("owner/model", "main")).rejects.toMatchObject({
      code: "hub_unauthorized",
    });
  });

  it("asks again after a failure that may pass", async () => {
    hub.add("owner/model", { a: Buffer.from("a") });
    hub.fail({ host: "hub", action: { type: "status", status: 500 }, times: 2 });
    expect(await client().getRepository("owner/model", "main")).toBeDefined();
  });

  it("notices an address that is no hub", async () => {
    hub.fail({ host: "hub", action: { type: "status", status: 200 } });
    await expect(client().getRepository("owner/model", "main")).rejects.toMatchObject({
      code: "hub_failed",
      hint: "Check HF_ENDPOINT.",
    });
  });

  it("asks nothing when HF_HUB_OFFLINE is set", async () => {
    await expect(client({ HF_HUB_OFFLINE: "1" }).getRepository("owner/model", "main")).rejects.toMatchObject({
      code: "hub_failed",
    });
    expect(hub.requests).toHaveLength(0);
  });

  it("sends the token to the hub, and encodes paths", async () => {
    hub.add("owner/model", { a: Buffer.from("a") });
    await client({ HF_TOKEN: " hf_abc\n" }).getRepository("owner/model", "main");
    expect(hub.requests[0]?.authorization).toBe("Bearer hf_abc");
    expect(client().fileUrl("owner/model", "main", "a b/c#d?.gguf").pathname).toBe(
      "/owner/model/resolve/main/a%20b/c%23d%3F.gguf",
    );
  });
});

describe("readHubSettings", () => {
  it("is the official hub, without a token, unless the environment says otherwise", () => {
    expect(readHubSettings({ HF_HOME: "/nonexistent" })).toMatchObject({
      endpoint: new URL("https://huggingface.co"),
      endpointConfigured: false,
      token: undefined,
      offline: false,
    });
    expect(readHubSettings({ HF_ENDPOINT: "https://hf-mirror.com/", HF_TOKEN: "a" })).toMatchObject({
      endpoint: new URL("https://hf-mirror.com"),
      endpointConfigured: true,
      token: "a",
    });
  });

  it("takes the token that `hf auth login` wrote, unless that is switched off", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cria-hf-"));
    try {
      await writeFile(join(folder, "token"), "hf_file\n");
      expect(readHubSettings({ HF_HOME: folder }).token).toBe("hf_file");
      expect(readHubSettings({ HF_HOME: folder, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token).toBeUndefined();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each(["hub", "ftp://hub", "https://user@hub"])("refuses HF_ENDPOINT=%s", (endpoint) => {
    expect(() => readHubSettings({ HF_ENDPOINT: endpoint })).toThrow(/HF_ENDPOINT cannot be/);
  });
});
