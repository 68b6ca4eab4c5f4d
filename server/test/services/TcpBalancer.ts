import { connect, createServer, type Server, type Socket } from "node:net";

/** Passes TCP connections on to servers, each to the next one that takes it. It knows nothing of HTTP and sticks to nothing. */
export class TcpBalancer {
  readonly port: number;
  readonly #server: Server;
  readonly #open: Set<Socket>;

  private constructor(server: Server, port: number, open: Set<Socket>) {
    this.#server = server;
    this.port = port;
    this.#open = open;
  }

  static start(ports: readonly number[]): Promise<TcpBalancer> {
    const open = new Set<Socket>();
    let next = 0;
    const server = createServer((client) => {
      open.add(client);
      client.on("error", () => {}).once("close", () => open.delete(client));
      const first = next++;
      const pass = (tries: number): void => {
        const port = ports[(first + tries) % ports.length];
        if (port === undefined || tries === ports.length) {
          client.destroy();
          return;
        }
        const upstream = connect(port, "127.0.0.1");
        let isOpen = false;
        upstream.once("connect", () => {
          isOpen = true;
          open.add(upstream);
          client.pipe(upstream).pipe(client);
          client.once("close", () => upstream.destroy());
        });
        upstream.on("error", () => {
          if (!isOpen) pass(tries + 1);
        });
        upstream.once("close", () => {
          open.delete(upstream);
          if (isOpen) client.destroy();
        });
      };
      pass(0);
    });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(new TcpBalancer(server, typeof address === "object" && address !== null ? address.port : 0, open));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
