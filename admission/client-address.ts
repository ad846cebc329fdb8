/** The address of the client. What a proxy says of it counts only when the operator has named the proxy. */
import { type BlockList, isIP } from "node:net";
import type { Client } from "./port.ts";
import { canonicalAddress, isTrusted } from "./trusted-proxies.ts";

export type { Client } from "./port.ts";

/** The address of a client; "" where nothing is known of its connection. */
export function addressOf({ rawHeaders, socket }: Client, trusted: BlockList): string {
  const peer = socket?.remoteAddress ?? "";
  if (!isTrusted(peer, trusted)) return peer;
  const forwardedFor = rawHeaders.filter((_value, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === "x-forwarded-for");
  return clientAddress(peer, forwardedFor.join(","), trusted);
}

/**
 * The right-most address that is not a trusted proxy's: first the peer's own, then those of `X-Forwarded-For`, to which each proxy
 * appends. Entries further left may have been written by anybody.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: BlockList): string {
  const chain = [...(forwardedFor ?? "").split(",").map((address) => address.trim()), peer].map(canonicalAddress);
  while (chain.length > 1 && isTrusted(chain.at(-1) ?? "", trusted) && isIP(chain.at(-2) ?? "") !== 0) chain.pop();
  return chain.at(-1) ?? peer;
}

/** Longer than every address. */
const NAME_MAX_CHARACTERS = 64;

/**
 * What one client is counted by: its IPv4 address, or the /64 network that it may choose addresses from (RFC 6177). Text that is no address may
 * come from an application or the caller of verify, and is shortened: what a table keeps of it must not be as long as somebody likes.
 */
export function addressGroup(address: string): string {
  const canonical = canonicalAddress(address);
  if (isIP(canonical) !== 6) return canonical.slice(0, NAME_MAX_CHARACTERS);
  const [head = "", tail = ""] = canonical.split("::", 2);
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = canonical.includes("::") ? Array<string>(8 - before.length - after.length).fill("0") : [];
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
