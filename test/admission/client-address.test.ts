/** The address of the client, behind proxies that the operator has named and behind those that anybody may claim to be. */
import { describe, expect, test } from "vitest";
import { addressGroup, addressOf, clientAddress } from "../../admission/client-address.ts";
import { canonicalAddress, isTrusted, proxyList } from "../../admission/trusted-proxies.ts";

const NOBODY = proxyList([]);
const PROXIES = proxyList(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1"]);
const of = (remoteAddress: string | undefined, ...lines: string[]) => ({ rawHeaders: lines, socket: { remoteAddress } });

describe("the client of a request", () => {
  test.each<[string, Parameters<typeof addressOf>, string]>([
    ["directly", [of("203.0.113.5"), NOBODY], "203.0.113.5"],
    ["with a header of its own, and no proxy named", [of("203.0.113.5", "X-Forwarded-For", "198.51.100.1"), NOBODY], "203.0.113.5"],
    ["with a header of its own, around the proxies", [of("203.0.113.5", "X-Forwarded-For", "198.51.100.1"), PROXIES], "203.0.113.5"],
    ["behind a proxy", [of("10.0.0.1", "X-Forwarded-For", "203.0.113.5"), PROXIES], "203.0.113.5"],
    ["behind a proxy, in any case of the name", [of("10.0.0.1", "x-forwarded-FOR", "203.0.113.5"), PROXIES], "203.0.113.5"],
    ["behind two proxies", [of("10.0.0.1", "X-Forwarded-For", "203.0.113.5, 192.0.2.1"), PROXIES], "203.0.113.5"],
    [
      "behind two proxies that write lines of their own",
      [of("10.0.0.1", "X-Forwarded-For", "203.0.113.5", "X-Forwarded-For", "192.0.2.1"), PROXIES],
      "203.0.113.5",
    ],
    [
      "with a forged address before the proxy's word",
      [of("10.0.0.1", "X-Forwarded-For", "198.51.100.1, 203.0.113.5"), PROXIES],
      "203.0.113.5",
    ],
    ["with a forged chain of proxies", [of("10.0.0.1", "X-Forwarded-For", "198.51.100.1, 10.0.0.2, 203.0.113.5"), PROXIES], "203.0.113.5"],
    ["behind a proxy that says nothing", [of("10.0.0.1"), PROXIES], "10.0.0.1"],
    ["behind a proxy that says nonsense", [of("10.0.0.1", "X-Forwarded-For", "unknown"), PROXIES], "10.0.0.1"],
    [
      "behind a proxy that passed nonsense on",
      [of("10.0.0.1", "X-Forwarded-For", "203.0.113.5, unknown, 192.0.2.1"), PROXIES],
      "192.0.2.1",
    ],
    ["behind a proxy over IPv4 in IPv6", [of("::ffff:10.0.0.1", "X-Forwarded-For", "203.0.113.5"), PROXIES], "203.0.113.5"],
    ["behind an IPv6 proxy", [of("2001:db8::1", "X-Forwarded-For", "2001:4860::8888"), PROXIES], "2001:4860::8888"],
    ["when every address is a proxy's, the first", [of("10.0.0.1", "X-Forwarded-For", "10.0.0.3, 10.0.0.2"), PROXIES], "10.0.0.3"],
    ["when the connection is gone", [of(undefined), PROXIES], ""],
    ["when there never was a connection", [{ rawHeaders: ["X-Forwarded-For", "203.0.113.5"], socket: undefined }, PROXIES], ""],
  ])("%s", (_sentence, [client, trusted], expected) => {
    expect(addressOf(client, trusted)).toBe(expected);
  });

  test("whatever a client writes stands to the left of the address that the proxy saw", () => {
    for (const forged of ["", "10.0.0.2", "::1, 10.0.0.2", "10.0.0.2, 10.0.0.3,", ",,", "0", "127.0.0.1"])
      expect(clientAddress("10.0.0.1", `${forged}, 203.0.113.5`, PROXIES)).toBe("203.0.113.5");
  });
});

describe("the list of proxies", () => {
  test.each(["", "proxy.example.com", "10.0.0.0/", "10.0.0.0/x", "10.0.0", "10.0.0.0/-1", "::g", "10.0.0.1:80", "[::1]"])(
    "refuses %j, by name",
    (entry) => {
      expect(() => proxyList(["10.0.0.1", entry])).toThrow(new RangeError(`${entry} is not an address or a subnet, such as 10.0.0.0/8`));
    },
  );

  // biome-ignore format: a table
  test.each([
    ["an address in a subnet",      "10.255.255.255", true],
    ["the address after it",        "11.0.0.0",       false],
    ["an address by itself",        "192.0.2.1",      true],
    ["its neighbour",               "192.0.2.2",      false],
    ["IPv4 in IPv6",                "::ffff:a00:1",   true],
    ["IPv6, written long",          "0:0:0:0:0:0:0:1", true],
    ["IPv6 with a zone",            "::1%eth0",       true],
    ["something else",              "localhost",      false],
    ["nothing",                     "",               false],
  ])("%s", (_sentence, address, expected) => {
    expect(isTrusted(address, PROXIES)).toBe(expected);
  });
});

// biome-ignore format: a table
test.each([
  ["IPv4",                             "192.0.2.1",                "192.0.2.1",   "192.0.2.1"],
  ["IPv4 in IPv6",                     "::FFFF:192.0.2.1",         "192.0.2.1",   "192.0.2.1"],
  ["IPv6 in capitals, with zeros",     "2001:0DB8:0:0:0:0:0:00FF", "2001:db8::ff", "2001:db8:0:0::/64"],
  ["IPv6 with a zone",                 "fe80::1%eth0",             "fe80::1",     "fe80:0:0:0::/64"],
  ["IPv6 whose middle is left out",    "1:2:3:4::8",               "1:2:3:4::8",  "1:2:3:4::/64"],
  ["IPv6 whose beginning is left out", "::1",                      "::1",         "0:0:0:0::/64"],
  ["what is no address",               "nowhere",                  "nowhere",     "nowhere"],
])("one spelling, and one group: %s", (_sentence, address, canonical, group) => {
  expect([canonicalAddress(address), addressGroup(address)]).toEqual([canonical, group]);
});

test("what is no address is counted by its first 64 characters: whoever names it cannot fill the memory with it", () => {
  const text = "x".repeat(60_000);
  expect(addressGroup(text)).toBe("x".repeat(64));
});
