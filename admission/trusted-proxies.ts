/** The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count, as the operator names them. */
import { BlockList, isIP } from "node:net";

/**
 * Reads a list of addresses and subnets.
 * @throws RangeError naming the entry that is neither.
 * @example
 * isTrusted("10.1.2.3", proxyList(["10.0.0.0/8", "::1"])); // true
 */
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

/** Whether the address is a trusted proxy's. IPv4 in IPv6 is IPv4. */
export function isTrusted(address: string, trusted: BlockList): boolean {
  const canonical = canonicalAddress(address);
  const family = isIP(canonical);
  return family !== 0 && trusted.check(canonical, family === 6 ? "ipv6" : "ipv4");
}

/** One spelling for each address; an IPv4 address in IPv6 (RFC 4291, 2.5.5.2) is written as IPv4. Other text is returned as it is. */
export function canonicalAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const canonical = URL.parse(`http://[${address.replace(/%.*$/, "")}]`)?.hostname.slice(1, -1) ?? address;
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return canonical;
  const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}
