import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LocalHubOptions } from "../test/LocalHub.js";
import { LocalProxy } from "../test/LocalProxy.js";
import { TestInstaller } from "../test/TestInstaller.js";
import { HttpClient } from "./download/HttpClient.js";
import { NetworkPolicy } from "./download/NetworkPolicy.js";
import { readProxySettings } from "./download/ProxySettings.js";

const inProject = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
/** Made with openssl for the name `hub.test`; valid until 2126. */
const certificatePath = inProject("server/test/certificates/hub.test.pem");

let proxy: LocalProxy;
let installer: TestInstaller | undefined;
let demo: Buffer;

beforeEach(async () => {
  proxy = await LocalProxy.start();
  demo = await readFile(inProject("models/demo/demo-q8_0.gguf"));
});
afterEach(async () => {
  await installer?.close();
  installer = undefined;
  await proxy.close();
});

async function install(hub: LocalHubOptions, environment: NodeJS.ProcessEnv) {
  installer = await TestInstaller.start(hub);
  installer.hub.add("tiny/Tiny-7M-GGUF", { "Tiny-7M-Q8_0.gguf": demo });
  Object.assign(installer.environment, environment);
  return await installer.install({ source: "tiny/Tiny-7M-GGUF" });
}

describe("installing from behind a proxy", () => {
  it("hands over plain requests, and leaves names to the proxy that nobody here can resolve", async () => {
    expect(await install({ hostname: "hub.test" }, { HTTP_PROXY: proxy.url })).toMatchObject({ type: "installed" });
    expect(proxy.requests.some((line) => /^GET http:\/\/hub\.test:\d+\/api\/models\/tiny/.test(line))).toBe(true);
    expect(proxy.requests.some((line) => /^GET http:\/\/hub\.test:\d+\/repos\//.test(line))).toBe(true);
    expect(proxy.requests.filter((line) => line.startsWith("CONNECT"))).toEqual([]);
  });

  it("opens tunnels for https, with name and password, and checks the hub's certificate through them", async () => {
    proxy.credentials = "somebody:p@ss";
    const [key, cert] = await Promise.all(
      [certificatePath.replace(".pem", ".key.pem"), certificatePath].map((path) => readFile(path, "utf8")),
    );
    const hub = { hostname: "hub.test", tls: { key: key ?? "", cert: cert ?? "" } };
    const HTTPS_PROXY = `http://somebody:p%40ss@127.0.0.1:${proxy.port}`;
    expect(await install(hub, { HTTPS_PROXY })).toMatchObject({
      type: "failed",
      error: { code: "hub_failed", message: expect.stringContaining("certificate") },
    });
    Object.assign(installer?.environment ?? {}, { NODE_EXTRA_CA_CERTS: certificatePath });
    expect(await installer?.install({ source: "tiny/Tiny-7M-GGUF" })).toMatchObject({ type: "installed" });
    expect(proxy.requests.every((line) => /^CONNECT hub\.test:\d+$/.test(line))).toBe(true);
  });

  it("asks it for nothing that NO_PROXY names, nor for this machine itself", async () => {
    expect(await install({}, { HTTP_PROXY: proxy.url })).toMatchObject({ type: "installed" });
    // Reached directly, the name leads nowhere.
    await expect(
      get("http://hub.test/x", { http_proxy: proxy.url, no_proxy: "example.com, .test" }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
    expect(proxy.requests).toEqual([]);
  });
});

async function get(address: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const url = new URL(address);
  const http = new HttpClient({
    policy: new NetworkPolicy({
      endpoint: new URL("http://hub.test"),
      endpointConfigured: true,
      explicitHosts: [url.host],
    }),
    userAgent: "cria-test",
    proxy: readProxySettings(environment),
  });
  try {
    const answer = await http.get({ url });
    await answer.body.dump();
    return answer.status;
  } finally {
    await http.close();
  }
}

describe("proxies that do not help", () => {
  it.each(["http://hub.test/x", "https://hub.test/x"])("that want a password are named: %s", async (address) => {
    proxy.credentials = "somebody:else";
    await expect(get(address, { HTTP_PROXY: proxy.url })).rejects.toMatchObject({
      code: "download_failed",
      message: expect.stringContaining(`127.0.0.1:${proxy.port} wants a name and a password`),
      hint: expect.stringContaining("HTTPS_PROXY"),
    });
  });

  it("that refuse a host are named, and asked again when that may pass", async () => {
    proxy.refusal = 403;
    await expect(get("https://hub.test/x", { HTTPS_PROXY: proxy.url })).rejects.toMatchObject({
      code: "download_failed",
      message: expect.stringContaining("does not let the download through (403)"),
    });
    proxy.refusal = 502;
    await expect(get("https://hub.test/x", { HTTPS_PROXY: proxy.url })).rejects.toMatchObject({
      name: "TransientError",
      message: expect.stringContaining("(502)"),
    });
  });

  it.each(["http://hub.test/x", "https://hub.test/x"])("that are not there are named: %s", async (address) => {
    const gone = await LocalProxy.start();
    const { url, port } = gone;
    await gone.close();
    await expect(get(address, { HTTP_PROXY: url })).rejects.toMatchObject({
      message: `The proxy 127.0.0.1:${port} cannot be reached.`,
    });
  });

  it("[T12] are not asked for addresses inside this network", async () => {
    for (const address of ["https://localhost:1/x", "https://127.0.0.1:1/x", "https://10.0.0.1/x", "https://[::1]/x"])
      await expect(get(address, { HTTPS_PROXY: proxy.url })).rejects.toMatchObject({ code: "download_refused" });
    expect(proxy.requests).toEqual([]);
  });
});

describe("readProxySettings", () => {
  it("takes the variables in either case, addresses without a scheme, and the http proxy for https too", () => {
    expect(readProxySettings({})).toBeUndefined();
    const settings = readProxySettings({ HTTP_PROXY: "upper:1", http_proxy: "lower:3128", NO_PROXY: "a.example" });
    expect(settings?.httpProxy?.href).toBe("http://lower:3128/");
    expect(settings?.httpsProxy?.href).toBe("http://lower:3128/");
    expect(settings?.noProxy).toBe("localhost,127.0.0.1,[::1],a.example");
  });

  it.each(["socks5://127.0.0.1:1080", "http://", "::"])("refuses %s without repeating it", (address) => {
    expect(() => readProxySettings({ HTTPS_PROXY: address })).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.not.stringContaining(address) }),
    );
  });
});
