import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

/** `10.0.0.2` or `10.0.0.0/8`. */
export function isAddressOrRange(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text);
}

/** Nobody but this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || (ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback");
}

/** Interfaces that lead to containers and virtual machines rather than to other devices. */
const virtualInterface = /^(docker|veth|br-|virbr|vmnet|vboxnet|lxc|lxd|cni|flannel|zt|tailscale|utun|tun|tap)/;

/** The address under which a phone in the same network most likely reaches this machine; undefined: it is in no network. */
export function lanAddress(): string | undefined {
  const candidates = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => ({ address, virtual: virtualInterface.test(name) })),
  );
  const isPrivate = (address: string) => ipaddr.parse(address).range() === "private";
  const best =
    candidates.find(({ address, virtual }) => !virtual && isPrivate(address)) ??
    candidates.find(({ virtual }) => !virtual) ??
    candidates[0];
  return best?.address;
}
