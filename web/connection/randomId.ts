/** A random id of 32 hexadecimal digits. Plain-http LAN pages have no `crypto.randomUUID`, but they do have random bytes. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
