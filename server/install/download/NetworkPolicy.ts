import { AppError } from "../../platform/AppError.js";
import { isAddressLiteral, isPublicAddress } from "./addressRules.js";

/**
 * The hub keeps its files on hosts of these two domains and sends downloads there. Source: huggingface/hub-docs,
 * "Downloading behind a proxy or firewall".
 */
const contentDomains = ["huggingface.co", "hf.co"];

export interface NetworkPolicyOptions {
  /** The hub. */
  endpoint: URL;
  /** Set when the user named the hub (HF_ENDPOINT): only then may it be a private address, or speak plain http. */
  endpointConfigured: boolean;
  /** `host` or `host:port` of addresses that the user typed. */
  explicitHosts?: readonly string[];
}

/** Which addresses the installer may connect to; asked again at every redirect and for every address that a name resolves to. */
export class NetworkPolicy {
  readonly #options: NetworkPolicyOptions;

  constructor(options: NetworkPolicyOptions) {
    this.#options = options;
  }

  get endpoint(): URL {
    return this.#options.endpoint;
  }

  /** Throws `download_refused` unless a request may go to `url`. */
  checkUrl(url: URL): void {
    const { endpoint, endpointConfigured, explicitHosts = [] } = this.#options;
    if (url.protocol !== "https:" && url.protocol !== "http:")
      throw refused(url, `it begins with ${url.protocol}`, "Give an https:// address.");
    if (url.username !== "" || url.password !== "")
      throw refused(url, "it has a user name or password in it", "Take everything before the @ out of the address.");
    const isEndpoint = url.origin === endpoint.origin;
    // A hub of one's own may keep its files on another port.
    const isConfiguredHost = endpointConfigured && url.hostname === endpoint.hostname;
    const isContentHost =
      url.port === "" &&
      contentDomains.some((domain) => url.hostname === domain || url.hostname.endsWith(`.${domain}`));
    const isExplicitHost = explicitHosts.includes(url.host);
    if (!isEndpoint && !isConfiguredHost && !isContentHost && !isExplicitHost)
      throw refused(
        url,
        `${url.host} is neither the hub nor one of its file servers`,
        "If you trust that host, install from its address itself: cria install https://…",
      );
    if (url.protocol === "http:" && !(isConfiguredHost && endpoint.protocol === "http:"))
      throw refused(url, "it is not encrypted", "Give an https:// address.");
    if (isAddressLiteral(url.hostname) && !this.allowsAddress(url.hostname, url.hostname))
      throw privateAddress(url.hostname);
  }

  /** Whether the user typed an address of this host: nobody but its name says what it is. */
  isExplicit(url: URL): boolean {
    return this.#options.explicitHosts?.includes(url.host) === true;
  }

  /** Whether a connection to `hostname` may go to `address`, one of those it resolves to. */
  allowsAddress(hostname: string, address: string): boolean {
    const { endpoint, endpointConfigured } = this.#options;
    return isPublicAddress(address) || (endpointConfigured && hostname === endpoint.hostname);
  }
}

function refused(url: URL, reason: string, hint: string): AppError {
  // Addresses that are not of the web have no origin.
  const place = url.origin === "null" ? url.href.slice(0, 80) : url.origin;
  return new AppError("download_refused", `Cria does not download from ${place}: ${reason}.`, { hint });
}

/** The error for a name or address that leads into this machine or its own network. */
export function privateAddress(hostname: string): AppError {
  return new AppError(
    "download_refused",
    `Cria does not download from ${hostname}: it is an address inside this network.`,
    {
      hint: "Download the file yourself and install it from the disk, or name a hub of your own with HF_ENDPOINT.",
    },
  );
}
