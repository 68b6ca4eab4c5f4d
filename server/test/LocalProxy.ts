import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/**
 * A proxy on this machine, as those of companies are: it takes `http:` requests whole and opens tunnels for all else. Every name
 * that ends with `.test` is this machine for it, and for nobody else.
 */
export class LocalProxy {
  /** `GET http://hub.test:1/api/…`, `CONNECT hub.test:1`. */
  readonly requests: string[] = [];
  /** `name:password`; with it nobody else is let through. */
  credentials: string | undefined;
  /** What every tunnel is refused with. */
  refusal: number | undefined;
  readonly #server = createServer((incoming, response) => this.#forward(incoming, response));
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<LocalProxy> {
    const proxy = new LocalProxy();
    proxy.#server.on("connect", (incoming, socket: Socket) => proxy.#tunnel(incoming, socket));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #mayPass(incoming: IncomingMessage): boolean {
    this.requests.push(`${incoming.method} ${incoming.url}`);
    if (this.credentials === undefined) return true;
    return incoming.headers["proxy-authorization"] === `Basic ${Buffer.from(this.credentials).toString("base64")}`;
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    if (!this.#mayPass(incoming)) return void response.writeHead(407, { "proxy-authenticate": "Basic" }).end();
    const url = new URL(incoming.url ?? "");
    const { "proxy-authorization": _, ...headers } = incoming.headers;
    const outgoing = request({
      host: addressOf(url.hostname),
      port: url.port,
      path: url.pathname + url.search,
      headers,
    });
    outgoing.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  #tunnel(incoming: IncomingMessage, socket: Socket): void {
    const status = this.#mayPass(incoming) ? this.refusal : 407;
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const [host = "", port = "443"] = (incoming.url ?? "").split(":");
    const outgoing = connect(Number(port), addressOf(host), () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(outgoing).pipe(socket);
    });
    for (const [one, other] of [
      [socket, outgoing],
      [outgoing, socket],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}

function addressOf(hostname: string): string {
  return hostname.endsWith(".test") ? "127.0.0.1" : hostname;
}
