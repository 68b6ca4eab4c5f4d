import { io } from "socket.io-client";
import { protocolVersion } from "../protocol/protocolVersion.js";
import { CriaClient, type CriaClientSocket, type GenerateRequest } from "./CriaClient.js";
import { CriaError } from "./CriaError.js";
import { connectFailure, noAnswerIn, noCria, serverAddress } from "./connectFailure.js";
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
 * Throws a {@link CriaError}: `bad_request` for what is no address, `connection_lost` when nothing answers there, `unauthorized` when it
 * wants another token, `protocol_mismatch` when it is no Cria, or none of this version.
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
  const address = url === undefined ? undefined : serverAddress(url);
  const socket: CriaClientSocket = address === undefined ? io(settings) : io(address, settings);
  await firstConnection(socket, address, connectTimeoutMs);
  const client = new CriaClient(socket, lostAfterMs);
  const waited = impatience(connectTimeoutMs, noCria(address, "it does not say what it is"));
  try {
    const { protocolVersion: theirs, version } = await Promise.race([client.request("server:info", {}), waited.over]);
    if (theirs !== protocolVersion)
      throw new CriaError({
        code: "protocol_mismatch",
        message: `The server (Cria ${version}) speaks version ${theirs} of the protocol, this client version ${protocolVersion}.`,
        hint: "Use the client of the server's version.",
      });
  } catch (error) {
    client.close();
    throw error;
  } finally {
    waited.end();
  }
  return client;
}

/** Another program's socket.io lets everybody in, and never answers what it does not know. */
function impatience(timeoutMs: number, error: CriaError): { over: Promise<never>; end(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  return { over, end: () => clearTimeout(timer) };
}

function firstConnection(socket: CriaClientSocket, address: string | undefined, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: CriaError) => {
      clearTimeout(timer);
      socket.disconnect();
      socket.off();
      reject(error);
    };
    const timer = setTimeout(() => fail(noAnswerIn(timeoutMs, address)), timeoutMs);
    // Without the library's own attempts: who starts a program wants to know at once that the server is not there.
    socket.once("connect_error", (error) => fail(connectFailure(error, address)));
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("connect_error");
      resolve();
    });
    socket.connect();
  });
}

export type { ChatTurn } from "../protocol/events.js";
export type { GenerationStats, Phase, StopReason } from "../protocol/generation.js";
export type { ModelInfo } from "../protocol/model.js";
export type { Sampling } from "../protocol/sampling.js";
export { CriaClient, CriaError, type GenerateRequest, GenerationReader, type GenerationResult };
