import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { isPublicAddress } from "./addressRules.js";
import { HttpClient } from "./HttpClient.js";
import { NetworkPolicy } from "./NetworkPolicy.js";

const official = new NetworkPolicy({ endpoint: new URL("https://huggingface.co"), endpointConfigured: false });

describe("[T12] addresses", () => {
  it.each([
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "0:0:0:0:0:ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2002:7f00:1::",
    "2001:db8::1",
    "not an address",
    "",
  ])("%j is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(["8.8.8.8", "18.155.68.44", "2600:9000:2204::1", "64:ff9b::808:808", "[2600:9000:2204::1]"])(
    "%j is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe("[T12] the policy", () => {
  it.each([
    "https://huggingface.co/owner/repo/resolve/main/x",
    "https://cdn-lfs-us-1.hf.co/x",
    "https://cas-bridge.xethub.hf.co/x",
    "https://us.aws.cdn.hf.co/x",
    "https://cdn-lfs.huggingface.co/x",
  ])("allows %s", (address) => {
    expect(() => official.checkUrl(new URL(address))).not.toThrow();
  });

  it.each([
    "http://huggingface.co/x",
    "https://huggingface.co:8443/x",
    "https://evilhuggingface.co/x",
    "https://huggingface.co.evil.com/x",
    "https://hf.co.evil.com/x",
    "https://user@huggingface.co/x",
    "https://user:secret@huggingface.co/x",
    "ftp://huggingface.co/x",
    "file:///etc/passwd",
    "data:text/plain,x",
    "https://127.0.0.1/x",
    "https://0x7f.1/x",
    "https://2130706433/x",
    "https://017700000001/x",
    "https://[::1]/x",
    "https://[::ffff:169.254.169.254]/x",
    "http://169.254.169.254/latest/meta-data",
    "https://metadata.google.internal/x",
    "https://localhost/x",
  ])("refuses %s", (address) => {
    expect(() => official.checkUrl(new URL(address))).toThrow(expect.objectContaining({ code: "download_refused" }));
  });

  it("names the whole of an address that is not of the web", () => {
    expect(() => official.checkUrl(new URL("file:///etc/passwd"))).toThrow(
      "Cria does not download from file:///etc/passwd: it begins with file:.",
    );
  });

  it("allows an address that the user typed, but no other, and none in this network", () => {
    const policy = new NetworkPolicy({
      endpoint: new URL("https://huggingface.co"),
      endpointConfigured: false,
      explicitHosts: ["example.com", "192.168.1.5"],
    });
    expect(() => policy.checkUrl(new URL("https://example.com/model.gguf"))).not.toThrow();
    expect(() => policy.checkUrl(new URL("http://example.com/model.gguf"))).toThrow(/not encrypted/);
    expect(() => policy.checkUrl(new URL("https://www.example.com/model.gguf"))).toThrow(/neither the hub/);
    expect(() => policy.checkUrl(new URL("https://192.168.1.5/model.gguf"))).toThrow(/inside this network/);
  });

  it("allows a private hub only when the user named it", () => {
    const endpoint = new URL("http://10.0.0.5:8080");
    const named = new NetworkPolicy({ endpoint, endpointConfigured: true });
    expect(() => named.checkUrl(new URL("http://10.0.0.5:8080/x"))).not.toThrow();
    expect(() => named.checkUrl(new URL("http://10.0.0.5:9000/x"))).not.toThrow();
    expect(() => named.checkUrl(new URL("http://10.0.0.6:8080/x"))).toThrow();
    expect(named.allowsAddress("10.0.0.5", "10.0.0.5")).toBe(true);
    expect(named.allowsAddress("cdn.hf.co", "10.0.0.5")).toBe(false);
    expect(() => new NetworkPolicy({ endpoint, endpointConfigured: false }).checkUrl(endpoint)).toThrow();
  });
});

describe("[T12] names that resolve into this machine", () => {
  it("are refused before a connection is made, though the name itself is allowed", async () => {
    const server = createServer((_, response) => response.end("secret"));
    let connections = 0;
    server.on("connection", () => connections++);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const http = new HttpClient({
      // As if the official hub's name had been made to point here.
      policy: new NetworkPolicy({
        endpoint: new URL("https://huggingface.co"),
        endpointConfigured: false,
        explicitHosts: [`localhost:${port}`],
      }),
      userAgent: "cria-test",
    });
    try {
      await expect(http.get({ url: new URL(`https://localhost:${port}/x`) })).rejects.toMatchObject({
        code: "download_refused",
      });
      expect(connections).toBe(0);
    } finally {
      await http.close();
      server.close();
    }
  });
});
