/** What a local hub does wrong, on purpose, with requests that match. */
export interface HubFault {
  /** Where: the hub itself (API and redirects) or its file server. */
  host: "hub" | "cdn";
  /** Part of the path that must occur; every path when absent. For the file server: the file's path in its repository. */
  path?: string;
  /** How many requests it spoils; every one when absent. */
  times?: number;
  /** Let so many matching requests pass first. */
  skip?: number;
  action: HubFaultAction;
}

export type HubFaultAction =
  /** Answers with a status and nothing else. */
  | { type: "status"; status: number; headers?: Record<string, string> }
  /** Cuts the connection after so many bytes of the body. */
  | { type: "cut"; afterBytes: number }
  /** Sends so many bytes, then nothing more. */
  | { type: "stall"; afterBytes: number }
  /** Sends one byte a millisecond count, for ever. */
  | { type: "trickle"; everyMs: number }
  /** Announces another length than it sends. */
  | { type: "lyingLength"; addBytes: number }
  /** Flips the lowest bit of the byte at this offset of the file. */
  | { type: "flipByte"; offset: number }
  /** Sends the whole file where a range was asked for. */
  | { type: "ignoreRange"; withLength?: boolean }
  /** Sends the bytes beside those asked for. */
  | { type: "wrongRange" }
  /** Claims that the body is compressed. */
  | { type: "encoded"; encoding: string }
  /** Never stops sending. */
  | { type: "endless" }
  /** Sends the client elsewhere. */
  | { type: "redirect"; location: string }
  /** Runs before the request is answered as usual. */
  | { type: "run"; run: () => void };

/** Picks the fault for a request and counts it. */
export class HubFaults {
  readonly #faults: (HubFault & { seen: number; used: number })[] = [];

  add(fault: HubFault): void {
    this.#faults.push({ ...fault, seen: 0, used: 0 });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  pick(host: "hub" | "cdn", path: string): HubFaultAction | undefined {
    for (const fault of this.#faults) {
      if (fault.host !== host || !path.includes(fault.path ?? "")) continue;
      if (++fault.seen <= (fault.skip ?? 0) || fault.used >= (fault.times ?? Number.POSITIVE_INFINITY)) continue;
      fault.used++;
      return fault.action;
    }
    return undefined;
  }
}
