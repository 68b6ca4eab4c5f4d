import { type ServerStatus, serverStatusSchema } from "../protocol/serverStatus.js";

/** The server's live view. */
export async function readStatus(url: string): Promise<ServerStatus> {
  return serverStatusSchema.parse(await (await fetch(`${url}/api/slots`)).json());
}
