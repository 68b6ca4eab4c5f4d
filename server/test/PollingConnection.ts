/** Engine.IO over long polling, message by message as they cross the wire: for clients that were recorded. */
export class PollingConnection {
  readonly #address: string;
  #received: string[] = [];

  private constructor(address: string) {
    this.#address = address;
  }

  static async open(url: string): Promise<PollingConnection> {
    const query = `${url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(query)).text()).slice(1)) as { sid: string };
    const connection = new PollingConnection(`${query}&sid=${sid}`);
    await connection.send("40");
    await connection.until((message) => message.startsWith("40"));
    return connection;
  }

  async send(message: string): Promise<void> {
    const response = await fetch(this.#address, {
      method: "POST",
      body: message,
      headers: { "Content-Type": "text/plain;charset=UTF-8" },
    });
    if (!response.ok) throw new Error(`the server answered ${response.status} to a message`);
  }

  /** All messages up to and with the first that is `last`, pings left out. */
  async until(last: (message: string) => boolean): Promise<string[]> {
    for (;;) {
      const index = this.#received.findIndex(last);
      if (index >= 0) return this.#received.splice(0, index + 1);
      // Messages of one answer are parted by the record separator.
      const messages = (await (await fetch(this.#address)).text()).split("\u{1e}");
      if (messages.includes("2")) await this.send("3");
      this.#received.push(...messages.filter((message) => message !== "2"));
    }
  }
}
