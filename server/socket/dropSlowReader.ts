import type { Logger } from "../platform/logger.js";
import type { CriaSocket } from "./Handlers.js";

/** A connection that has this many packets, or bytes, waiting is cut: it would only fill the memory. It can come back and resume. */
const most = { packets: 4096, bytes: 16 * 1024 * 1024 };

/**
 * Cuts the connection when it cannot keep up. Entries of a generation wait in its log, which is bounded, so a slow reader of those is
 * no trouble; this is for answers that are asked for and never read, and for what is sent to everyone.
 */
export function dropSlowReader({ conn }: CriaSocket, logger: Logger): void {
  let packets = 0;
  let bytes = 0;
  let cut = false;
  conn.on("packetCreate", ({ data }: { data?: unknown }) => {
    packets++;
    if (typeof data === "string") bytes += data.length;
    if (cut || (packets <= most.packets && bytes <= most.bytes)) return;
    cut = true;
    logger.warn({ packets, bytes }, "a connection that does not read was cut");
    // Not in the middle of the packet's own sending.
    setImmediate(() => conn.close(true));
  });
  // Everything that waited has gone to the transport, which takes no more until the network has that.
  conn.on("flush", () => {
    packets = 0;
    bytes = 0;
  });
}
