import { io } from "socket.io-client";
import { protocolVersion } from "../protocol/protocolVersion.js";
import { CriaClient, type CriaClientSocket, type GenerateRequest } from "./CriaClient.js";
import { CriaError, refusalOf } from "./CriaError.js";
import { GenerationReader, type GenerationResult } from "./GenerationReader.js";

export interface ConnectOptions {
  /** What a server that asks for a token wants to see. A page that was let in has it in a cookie. */
  token?: string;
  /** How long the first connection may take. */
  connectTimeoutMs?: number;
  /** How long a connection that was lost may take to come back before what is under way fails. */
  lostAfterMs?: number;
}

/**
 * Connects to a Cria server, as `http://127.0.0.1:3000`; a page may leave the address out for the server that it came from.
 * Throws a {@link CriaError}: `connection_lost` when nothing answers there, `unauthorized` when it wants another token, `protocol_mismatch`
 * when it is no server of this version.
 */
export async function connect(url?: string, options: ConnectOptions = {}): Promise<CriaClient> {
  const { connectTimeoutMs = 10_000, lostAfterMs = 60_000, token } = options;
  const settings = {
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    forceNew: true,
    autoConnect: false,
    reconnectionDelay: 200,
    reconnectionDelayMax: 2_000,
    ...(token === undefined ? {} : { auth: { token } }),
  };
  const socket: CriaClientSocket = url === undefined ? io(settings) : io(url, settings);
  await firstConnection(socket, url, connectTimeoutMs);
  const client = new CriaClient(socket, lostAfterMs);
  try {
    const { protocolVersion: theirs, version } = await client.request("server:info", {});
    if (theirs !== protocolVersion)
      throw new CriaError({
        code: "protocol_mismatch",
        message: `The server (Cria ${version}) speaks version ${theirs} of the protocol, this client version ${protocolVersion}.`,
        hint: "Use the client of the server's version.",
      });
  } catch (error) {
    client.close();
    throw error;
  }
  return client;
}

function firstConnection(socket: CriaClientSocket, url: string | undefined, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const where = url ?? "the server of this page";
    const fail = (error: CriaError) => {
      clearTimeout(timer);
      socket.disconnect();
      socket.off();
      reject(error);
    };
    const nothingThere = (reason?: string) =>
      new CriaError({
        code: "connection_lost",
        message: `Nothing answers at ${where}${reason === undefined ? "" : ` (${reason})`}.`,
        hint: "Start it with: cria serve",
      });
    const seconds = Math.round(timeoutMs / 1000);
    const timer = setTimeout(() => fail(nothingThere(`no answer in ${seconds} seconds`)), timeoutMs);
    // Without the library's own attempts: who starts a program wants to know at once that the server is not there.
    socket.once("connect_error", (error) => fail(refusalOf(error) ?? nothingThere(reasonOf(error))));
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("connect_error");
      resolve();
    });
    socket.connect();
  });
}

/** What the library says of a connection that was not made, unless it only names the way that it tried. */
function reasonOf({ message }: Error): string | undefined {
  return /^(xhr poll|websocket|timeout) error$/.test(message) ? undefined : message;
}

export type { ChatTurn } from "../protocol/events.js";
export type { GenerationStats, Phase, StopReason } from "../protocol/generation.js";
export type { ModelInfo } from "../protocol/model.js";
export type { Sampling } from "../protocol/sampling.js";
export { CriaClient, CriaError, type GenerateRequest, GenerationReader, type GenerationResult };
