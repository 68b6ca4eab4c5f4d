import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A stretch of network between a client and the server that can stop to carry what the server sends. */
export class StallingProxy {
  readonly #server: Server;
  readonly #upstream = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port: number): Promise<StallingProxy> {
    const server = createServer();
    const proxy = new StallingProxy(server);
    server.on("connection", (client) => {
      const upstream = connect(port, "127.0.0.1");
      proxy.#upstream.add(upstream);
      client.pipe(upstream);
      upstream.pipe(client);
      for (const socket of [client, upstream])
        socket
          .on("error", () => {})
          .once("close", () => {
            client.destroy();
            upstream.destroy();
            proxy.#upstream.delete(upstream);
          });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on nothing that the server sends arrives; what the client sends still does. */
  stall(): void {
    for (const upstream of this.#upstream) {
      upstream.unpipe();
      upstream.pause();
    }
  }

  close(): void {
    for (const upstream of this.#upstream) upstream.destroy();
    this.#server.close();
  }
}
