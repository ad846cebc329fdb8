import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAllowedHost, originHost, parseDomains } from "../../engine/domain.ts";

describe("AG4 a domain is saved in one spelling", () => {
  // biome-ignore format: a table
  test.each([
    ["a domain as it is",                        ["example.com"],                        ["example.com"]],
    ["a wildcard",                               ["*.example.com"],                      ["*.example.com"]],
    ["in lower case",                            ["EXAMPLE.Com", "*.EXAMPLE.org"],       ["example.com", "*.example.org"]],
    ["without spaces around it",                 ["  example.com\t"],                    ["example.com"]],
    ["each once, whatever the spelling",         ["example.com", "Example.COM"],         ["example.com"]],
    ["apex and wildcard are two",                ["example.com", "*.example.com"],       ["example.com", "*.example.com"]],
    ["in punycode",                              ["b\u00fccher.example.com"],            ["xn--bcher-kva.example.com"]],
    ["punycode as it is",                        ["xn--bcher-kva.example.com"],          ["xn--bcher-kva.example.com"]],
    ["letters put together from two",            ["b\u00fccher.de", "B\u00dcCHER.de"],   ["xn--bcher-kva.de"]],
    ["a domain of another script",               ["\u4f8b\u5b50.\u4e2d\u56fd"],          ["xn--fsqu00a.xn--fiqs8s"]],
    ["nothing between two commas is nothing",    ["", " ", "example.com"],               ["example.com"]],
    ["none at all",                              [],                                     []],
    ["below a public suffix",                    ["shop.co.uk", "me.github.io"],         ["shop.co.uk", "me.github.io"]],
    ["a wildcard below one's own name there",    ["*.me.github.io"],                     ["*.me.github.io"]],
    ["labels that begin with digits",            ["1.2.3.4.example.com"],                ["1.2.3.4.example.com"]],
    ["localhost, where a page is tried",         ["localhost", " LOCALHOST "],           ["localhost"]],
    ["63 characters of a label",                 [`${"a".repeat(63)}.example.com`],      [`${"a".repeat(63)}.example.com`]],
  ])("%s", (_sentence, given, domains) => {
    expect(parseDomains(given)).toEqual({ ok: true, value: domains });
  });

  test.each([
    ["a scheme", "https://example.com"],
    ["a path", "example.com/path"],
    ["a slash", "example.com/"],
    ["a port", "example.com:8080"],
    ["a user name", "user@example.com"],
    ["a backslash", "example.com\\@evil.com"],
    ["a query", "example.com?a"],
    ["a fragment", "example.com#a"],
    ["a percent sign", "ex%61mple.com"],
    ["a space inside", "exam ple.com"],
    ["a tab inside", "exam\tple.com"],
    ["two domains in one", "example.com,example.org"],
    ["a bare star", "*"],
    ["a star below a star", "*.*"],
    ["a star for a top-level domain", "*.com"],
    ["a star for a public suffix", "*.co.uk"],
    ["a star for a private suffix", "*.github.io"],
    ["a top-level domain", "com"],
    ["a public suffix", "co.uk"],
    ["a private suffix", "github.io"],
    ["a star inside", "a.*.example.com"],
    ["two stars", "*.*.example.com"],
    ["a star that is part of a label", "*example.com"],
    ["a star at the end", "example.*"],
    ["an IPv4 address", "192.0.2.1"],
    ["a wildcard over an address", "*.2.0.192"],
    ["an IPv4 address as one number", "2130706433"],
    ["an IPv4 address in hexadecimal", "0x7f000001"],
    ["a short IPv4 address", "127.1"],
    ["an address in full-width digits", "\uff11\uff12\uff17.0.0.1"],
    ["an IPv6 address", "[::1]"],
    ["an IPv6 address without brackets", "::1"],
    ["localhost with a port", "localhost:5173"],
    ["localhost with a scheme", "http://localhost"],
    ["localhost with a trailing dot", "localhost."],
    ["localhost in full-width letters", "\uff4cocalhost"],
    ["a wildcard over localhost", "*.localhost"],
    ["another name without a dot", "intranet"],
    ["a trailing dot", "example.com."],
    ["a leading dot", ".example.com"],
    ["two dots", "example..com"],
    ["a wildcard of nothing", "*."],
    ["full-width letters", "\uff45xample.com"],
    ["an ideographic full stop", "example\u3002com"],
    ["a soft hyphen", "exam\u00adple.com"],
    ["a zero-width space", "exam\u200bple.com"],
    ["a bidi override", "exam\u202eple.com"],
    ["the Kelvin sign for a k", "\u212aey.example.com"],
    ["letters and marks apart", "bu\u0308cher.de"],
    ["an underscore", "a_b.example.com"],
    ["a hyphen at the start of a label", "-a.example.com"],
    ["a hyphen at the end of a label", "a-.example.com"],
    ["64 characters of a label", `${"a".repeat(64)}.example.com`],
    ["254 characters", `${"a.".repeat(121)}example.com`.padStart(254, "b")],
    ["punycode that decodes to nothing", "xn--.example.com"],
    ["null, as an origin says it", "null"],
    ["a line feed inside", "example.com\nevil.com"],
    ["a very long text", "a.".repeat(100_000)],
  ])("%s is refused by name, and no other is saved", (_sentence, domain) => {
    const parsed = parseDomains(["example.org", domain], "allowedDomains");
    expect(parsed).toMatchObject({ ok: false, problem: { code: "invalid_request", field: "allowedDomains" } });
    if (!parsed.ok) expect(parsed.problem.detail).toContain(JSON.stringify(domain.slice(0, 80)));
  });

  test("50 are allowed, 51 are not", () => {
    const domains = Array.from({ length: 51 }, (_, at) => `a${at}.example.com`);
    expect(parseDomains(domains.slice(1))).toEqual({ ok: true, value: domains.slice(1) });
    expect(parseDomains(domains)).toMatchObject({ ok: false, problem: { field: "domains", detail: "domains must be at most 50 domains" } });
  });

  test("a saved state that is restored and saved again does not change", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.domain(), fc.string({ unit: "grapheme" })), { maxLength: 5 }), (given) => {
        const parsed = parseDomains(given);
        if (parsed.ok) expect(parseDomains(parsed.value)).toEqual(parsed);
      }),
    );
  });
});

describe("AG3 the host of an origin", () => {
  // biome-ignore format: a table
  test.each([
    ["https",                                  "https://example.com",             "example.com"],
    ["http",                                   "http://example.com",              "example.com"],
    ["on any port",                            "https://example.com:8443",        "example.com"],
    ["in any case",                            "HTTPS://Example.COM",             "example.com"],
    ["of a Referer",                           "https://example.com/a/b?c=d@e#f", "example.com"],
    ["of a Referer whose path names another",  "https://example.com/@evil.com",   "example.com"],
    ["in punycode, as browsers say it",        "https://xn--bcher-kva.de",        "xn--bcher-kva.de"],
    ["localhost",                              "http://localhost",                "localhost"],
    ["localhost on a port",                    "http://localhost:5173",           "localhost"],
    ["localhost over https, in any case",      "https://LocalHost:8443",          "localhost"],
  ])("%s", (_sentence, origin, host) => {
    expect(originHost(origin)).toBe(host);
  });

  test.each([
    ["nothing", ""],
    ["null", "null"],
    ["a host alone", "example.com"],
    ["several", "https://example.com,https://evil.com"],
    ["several, as Node joins them", "https://example.com, https://evil.com"],
    ["several with a space", "https://example.com https://evil.com"],
    ["no slashes", "https:example.com"],
    ["one slash", "https:/example.com"],
    ["three slashes", "https:///example.com"],
    ["backslashes for slashes", "https:\\\\example.com"],
    ["a backslash before an at", "https://example.com\\@evil.com"],
    ["a backslash before a dot", "https://evil.com\\.example.com"],
    ["a user name", "https://example.com@evil.com"],
    ["a user name and a password", "https://example.com:443@evil.com"],
    ["a query without a path", "https://evil.com?.example.com"],
    ["a fragment without a path", "https://evil.com#.example.com"],
    ["a percent sign in the host", "https://ex%61mple.com"],
    ["a wildcard", "https://*.example.com"],
    ["a trailing dot", "https://example.com."],
    ["a leading dot", "https://.example.com"],
    ["two dots", "https://example..com"],
    ["a tab in the host", "https://exam\tple.com"],
    ["a line feed in the host", "https://exam\nple.com"],
    ["a line feed at the end", "https://example.com\n"],
    ["a space before", " https://example.com"],
    ["a zero byte", "https://example.com\u0000.evil.com"],
    ["full-width letters", "https://\uff45xample.com"],
    ["a soft hyphen", "https://exam\u00adple.com"],
    ["an ideographic full stop", "https://example\u3002com"],
    ["letters that are not ASCII", "https://b\u00fccher.de"],
    ["a path that is not ASCII", "https://example.com/b\u00fccher"],
    ["an IPv6 address", "https://[::1]"],
    ["localhost with a trailing dot", "http://localhost."],
    ["localhost as a user name", "http://localhost@evil.com"],
    ["another name without a dot", "http://intranet:3000"],
    ["an underscore", "https://a_b.example.com"],
    ["a port that does not exist", "https://example.com:99999"],
    ["a port without digits", "https://example.com:"],
    ["a port in letters", "https://example.com:http"],
    ["another scheme", "ftp://example.com"],
    ["an extension of a browser", "chrome-extension://abcdefgh.example.com"],
    ["a file", "file:///example.com"],
    ["a script", "javascript://example.com/%0aalert(1)"],
    ["a blob", "blob:https://example.com/1"],
    ["punycode that decodes to nothing", "https://xn--.example.com"],
    ["a very long text", `https://${"a.".repeat(100_000)}com`],
  ])("%s is nobody's", (_sentence, origin) => {
    expect(originHost(origin)).toBeUndefined();
  });

  test.each([
    ["dotted", "http://127.0.0.1"],
    ["as one number", "http://2130706433"],
    ["in hexadecimal", "http://0x7f.1"],
  ])("an address %s is no domain that could be allowed", (_sentence, origin) => {
    const host = originHost(origin);
    expect(host === undefined || !parseDomains([host]).ok).toBe(true);
  });
});

describe("AG3 a domain matches label by label", () => {
  // biome-ignore format: a table
  test.each([
    ["that host exactly",                               "example.com",     "example.com",               true],
    ["not a host below it",                             "example.com",     "www.example.com",           false],
    ["not one that ends alike",                         "example.com",     "evil-example.com",          false],
    ["not one that begins alike",                       "example.com",     "example.com.evil.com",      false],
    ["not its parent",                                  "www.example.com", "example.com",               false],
    ["not one whose dot is another character",          "a.example.com",   "axexample.com",             false],
    ["a wildcard: any host below it",                   "*.example.com",   "www.example.com",           true],
    ["a wildcard: at any depth",                        "*.example.com",   "a.b.c.example.com",         true],
    ["a wildcard: not the apex",                        "*.example.com",   "example.com",               false],
    ["a wildcard: not the apex with nothing before it", "*.example.com",   ".example.com",              false],
    ["a wildcard: not one that ends alike",             "*.example.com",   "evil-example.com",          false],
    ["a wildcard: not one that goes on",                "*.example.com",   "www.example.com.evil.com",  false],
    ["a wildcard: not another's",                       "*.example.com",   "www.example.org",           false],
    ["a wildcard below a name",                         "*.a.example.com", "b.example.com",             false],
    ["localhost itself",                                "localhost",       "localhost",                 true],
    ["localhost: not what goes on after it",            "localhost",       "localhost.evil.com",        false],
    ["localhost: not what is below it",                 "localhost",       "app.localhost",             false],
    ["localhost: not the address that it has",          "localhost",       "127.0.0.1",                 false],
  ])("%s", (_sentence, domain, host, allowed) => {
    expect(isAllowedHost([domain], host)).toBe(allowed);
    expect(isAllowedHost(["other.example", domain, "*.other.example"], host)).toBe(allowed);
  });

  test("without domains no host is allowed", () => {
    expect(isAllowedHost([], "example.com")).toBe(false);
  });

  test("any website below a wildcard is allowed, and none that is not", () => {
    fc.assert(
      fc.property(fc.domain(), fc.stringMatching(/^[a-z0-9]{1,10}$/), (domain, label) => {
        const [saved, host] = [parseDomains([`*.${domain}`]), originHost(`https://${label}.${domain}/`)];
        fc.pre(saved.ok && host !== undefined);
        if (!saved.ok || host === undefined) return;
        expect(isAllowedHost(saved.value, host)).toBe(true);
        expect(isAllowedHost(saved.value, domain.toLowerCase())).toBe(false);
        expect(isAllowedHost(saved.value, `${label}-${domain.toLowerCase()}`)).toBe(false);
        expect(isAllowedHost(saved.value, `${host}.evil.com`)).toBe(false);
      }),
    );
  });
});

test("text that is far too long is refused before it is normalized, which takes quadratic time", () => {
  const before = performance.now();
  expect(parseDomains([`a${"\u0315\u0300\u05ae\u0316".repeat(32_000)}.com`]).ok).toBe(false);
  expect(performance.now() - before).toBeLessThan(1_000);
  const rare = `${"\u{20000}".repeat(40)}.`.repeat(4);
  expect(parseDomains([`${rare}com`]).ok).toBe(true);
});
