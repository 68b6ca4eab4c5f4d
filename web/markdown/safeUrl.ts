const allowed = new Set(["http:", "https:", "mailto:"]);

/** The address if a reader may follow it (http, https or mailto, and absolute); otherwise undefined. */
export function safeUrl(address: string | undefined): URL | undefined {
  if (!address) return undefined;
  try {
    const url = new URL(address);
    return allowed.has(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
