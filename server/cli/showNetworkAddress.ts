import { renderUnicodeCompact } from "uqr";
import { lanAddress } from "../platform/networkAddress.js";

/** The address that logs a browser in; the server takes the token out of it at once. */
export function loginLink(url: string, token: string | undefined): string {
  return token === undefined ? url : `${url}/?token=${encodeURIComponent(token)}`;
}

/** Where other devices in the network find a server that listens on `host`. */
export function networkUrl(host: string, port: number): string | undefined {
  const address = host === "0.0.0.0" || host === "::" ? lanAddress() : host;
  if (address === undefined) return undefined;
  return `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** Prints the address and, for a phone's camera, its QR code. With a token of this run the code logs in. */
export function showNetworkAddress(host: string, { port, token }: { port: number; token: string | undefined }): void {
  const url = networkUrl(host, port);
  if (url === undefined) return;
  const link = loginLink(url, token);
  console.log(`In your network: ${link}`);
  console.log(qrCode(link));
  if (token === undefined) console.log("It asks for a token: cria token new NAME makes one, with a code that logs in.");
}

/** Two modules per character; drawn light on dark, as most terminals are, with the quiet zone that cameras want. */
export function qrCode(text: string): string {
  return renderUnicodeCompact(text, { ecc: "L", border: 2 });
}
