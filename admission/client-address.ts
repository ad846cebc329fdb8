/** The address of the client. What a proxy says of it counts only when the proxy is one that the operator has named. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import type { Context } from "hono";
import { headerLines } from "./credential.ts";

/** What tells where a request comes from: its connection, and its header lines (names and values in turn). An `IncomingMessage` is one. */
export interface Client {
  readonly rawHeaders: readonly string[];
  /** Undefined where a `fetch` handler is called without a connection. */
  readonly socket: { readonly remoteAddress?: string | undefined } | undefined;
}

/** The client of a request that came through the framework. */
export function clientOf(c: Context): Client {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
  return { rawHeaders: headerLines(c.req.raw.headers), socket: incoming?.socket };
}

/** The address of a client; "" where nothing is known of its connection. */
export function addressOf({ rawHeaders, socket }: Client, trusted: BlockList): string {
  const peer = socket?.remoteAddress ?? "";
  if (!isTrusted(peer, trusted)) return peer;
  const forwardedFor = rawHeaders.filter((_value, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === "x-forwarded-for");
  return clientAddress(peer, forwardedFor.join(","), trusted);
}

/** @throws RangeError naming the entry that is neither an address nor a subnet. */
export function proxyList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/", 2);
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (isIP(address) === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw new RangeError(`${entry} is not an address or a subnet, such as 10.0.0.0/8`);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/**
 * The right-most address that is not a trusted proxy's: first the peer's own, then those of `X-Forwarded-For`, which each proxy
 * appends to. Whatever stands further left anybody may have written.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: BlockList): string {
  const chain = [...(forwardedFor ?? "").split(",").map((address) => address.trim()), peer].map(canonicalAddress);
  while (chain.length > 1 && isTrusted(chain.at(-1) ?? "", trusted) && isIP(chain.at(-2) ?? "") !== 0) chain.pop();
  return chain.at(-1) ?? peer;
}

export function isTrusted(address: string, trusted: BlockList): boolean {
  const family = isIP(canonicalAddress(address));
  return family !== 0 && trusted.check(canonicalAddress(address), family === 6 ? "ipv6" : "ipv4");
}

/** What one client is counted by: its IPv4 address, or the /64 that it may draw addresses from (RFC 6177). */
export function addressGroup(address: string): string {
  const canonical = canonicalAddress(address);
  if (isIP(canonical) !== 6) return canonical;
  const [head = "", tail = ""] = canonical.split("::", 2);
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = canonical.includes("::") ? Array<string>(8 - before.length - after.length).fill("0") : [];
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}

/** One spelling for each address; IPv4 in IPv6 (RFC 4291, 2.5.5.2) is IPv4. */
function canonicalAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const canonical = URL.parse(`http://[${address.replace(/%.*$/, "")}]`)?.hostname.slice(1, -1) ?? address;
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return canonical;
  const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}
