import { readFile } from "node:fs/promises";
import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createNetServer, type Server } from "node:net";
import { join } from "node:path";
import { Server as SocketServer } from "socket.io";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "./connect.js";

const open: { close(): unknown }[] = [];
afterAll(async () => {
  for (const server of open) await server.close();
});

async function listen(server: Server | HttpServer): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const web = (answer: RequestListener) => listen(createServer(answer));

async function refusal(url: string, options = {}): Promise<{ code: string; message: string; hint: string }> {
  return await connect(url, options).then(
    () => Promise.reject(new Error(`${url} let us in`)),
    ({ code, message, hint }: { code: string; message: string; hint: string }) => ({ code, message, hint }),
  );
}

describe("[CL7] an address of no server", () => {
  it.each([
    ["foo", "begins with http://"],
    ["localhost:3000", "begins with http://"],
    ["127.0.0.1:3000", "begins with http://"],
    ["ftp://127.0.0.1", "begins with http://"],
    ["", "begins with http://"],
    ["http://", "a name or an IP address"],
    ["http://[", "a name or an IP address"],
    ["http://127.0.0.1:99999", "up to 65535"],
    ["http://127.0.0.1:1/v1", "Leave out what comes after the server: http://127.0.0.1:1"],
    ["http://me:secret@127.0.0.1:1/?token=x", "Leave out what comes after the server: http://127.0.0.1:1"],
  ])("is told with how to write one: %j", async (url, hint) => {
    const error = await refusal(url);
    expect(error).toMatchObject({ code: "bad_request", hint: expect.stringContaining(hint) });
    expect(error.message).toContain(url.replace(/me:secret@|\?.*/g, ""));
    expect(error.message).not.toMatch(/secret|token/);
  });
});

describe("[CL7] where no Cria answers, connect says what is there and what to do", () => {
  it.each([
    ["http://127.0.0.1:1", "Nothing answers at http://127.0.0.1:1 (connection refused).", "Start it with: cria serve"],
    ["ws://127.0.0.1:1/", "Nothing answers at http://127.0.0.1:1 (connection refused).", "Start it with: cria serve"],
    [
      "http://no-such-host.invalid:3000",
      "No computer of the name no-such-host.invalid was found.",
      "Look at the name, and whether this machine is in the network.",
    ],
  ])("%s", async (url, message, hint) => {
    expect(await refusal(url)).toEqual({ code: "connection_lost", message, hint });
  });

  it.each([
    [404, "protocol_mismatch", "is not Cria (status 404)."],
    [403, "protocol_mismatch", "is not Cria (status 403)."],
    [502, "connection_lost", "the server behind it does not (status 502)."],
    [200, "protocol_mismatch", "is not Cria (its answer is no socket.io)."],
  ])("a web server that answers with status %i", async (status, code, message) => {
    const port = await web((_request, response) => response.writeHead(status).end("<html>Hello</html>"));
    expect(await refusal(`http://127.0.0.1:${port}`)).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it("another program's socket.io, one that never answers, one that hangs up, and one that speaks no HTTP", async () => {
    const server = createServer();
    const other = new SocketServer(server);
    open.unshift(other);
    const options = { connectTimeoutMs: 1000 };
    expect(await refusal(`http://127.0.0.1:${await listen(server)}`, options)).toMatchObject({
      code: "protocol_mismatch",
      message: expect.stringContaining("is not Cria (it does not say what it is)"),
    });
    const silent = await web(() => {});
    expect(await refusal(`http://127.0.0.1:${silent}`, options)).toMatchObject({
      code: "connection_lost",
      message: `Nothing answers at http://127.0.0.1:${silent} (no answer in 1 seconds).`,
    });
    const rude = await listen(createNetServer((socket) => socket.destroy()));
    expect(await refusal(`http://127.0.0.1:${rude}`)).toMatchObject({
      message: `What is at http://127.0.0.1:${rude} hung up.`,
      hint: expect.stringContaining("https://"),
    });
    const ssh = await listen(createNetServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")));
    expect(await refusal(`http://127.0.0.1:${ssh}`)).toMatchObject({
      code: "protocol_mismatch",
      message: expect.stringContaining("it does not speak HTTP"),
    });
  });
});

describe("[CL7] TLS", () => {
  let secure: number;
  beforeAll(async () => {
    // From the compiled test to the files beside its source.
    const folder = join(import.meta.dirname, "..", "..", "..", "server", "test", "certificates");
    const [key, cert] = await Promise.all(
      ["hub.test.key.pem", "hub.test.pem"].map((name) => readFile(join(folder, name))),
    );
    secure = await listen(createHttpsServer({ key, cert }, (_request, response) => response.end()));
  });

  it("whose certificate nobody vouches for says how it would be trusted", async () => {
    expect(await refusal(`https://127.0.0.1:${secure}`)).toMatchObject({
      code: "connection_lost",
      message: expect.stringMatching(/^The certificate of https:\/\/127\.0\.0\.1:\d+ is not trusted \(.+\)\.$/),
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
  });

  it("where there is none, and none where there is some", async () => {
    const plain = await web((_request, response) => response.end());
    expect(await refusal(`https://127.0.0.1:${plain}`)).toMatchObject({
      message: `The server at https://127.0.0.1:${plain} does not speak HTTPS.`,
      hint: expect.stringContaining("http://"),
    });
    expect(await refusal(`http://127.0.0.1:${secure}`)).toMatchObject({
      hint: expect.stringContaining("https://"),
    });
  });
});
