/**
 * Allowed domains: from which websites a public key may be used alone. Compared as parsed hosts, label by label: text that merely
 * begins or ends alike (`evil-example.com`, `example.com.evil.com`) is another host.
 */
import { domainToASCII } from "node:url";
import { parse } from "tldts";
import { invalid, type Outcome, ok } from "./errors.ts";

export const DOMAINS_MAXIMUM = 50;
/** No host name is longer: 253 characters, each written with two UTF-16 units at most. To normalize much more takes a second. */
const MAX_WRITTEN = 512;
/** Where a page is tried before it has a domain: the one name without a dot that may be allowed. It allows no host below it. */
const LOCALHOST = "localhost";
/** A host name as DNS has it (RFC 1123, 2.1): labels of letters, digits and inner hyphens. */
const HOST = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;

/**
 * Domains as given, made canonical (lower case, punycode), each once. `example.com` allows that host, `*.example.com` every host below
 * it, `localhost` this machine under that name. The refusal names the domain that is at fault, under `field`.
 */
export function parseDomains(given: readonly string[], field = "domains"): Outcome<readonly string[]> {
  const domains = new Set<string>();
  for (const text of written(given)) {
    const domain = parseDomain(text, field);
    if (!domain.ok) return domain;
    domains.add(domain.value);
  }
  if (domains.size > DOMAINS_MAXIMUM) return tooMany(field);
  return ok(Object.freeze([...domains]));
}

/** A domain as somebody wrote it: what it is kept as, or the sentence that says why it is none. */
interface CheckedDomain {
  readonly given: string;
  readonly domain: string | null;
  readonly message: string | null;
}

/** Domains written in a line, with commas or line breaks between them: each by itself what `parseDomains` makes of it. */
export function checkDomains(line: string, field = "domains"): Outcome<readonly CheckedDomain[]> {
  const given = new Set(written(line.split(/[,\r\n]/)));
  if (given.size > DOMAINS_MAXIMUM) return tooMany(field);
  return ok(
    [...given].map((text) => {
      const parsed = parseDomain(text, field);
      return parsed.ok
        ? { given: text, domain: parsed.value, message: null }
        : { given: text, domain: null, message: parsed.problem.detail };
    }),
  );
}

function written(given: readonly string[]): string[] {
  return given.map((text) => text.trim()).filter((text) => text !== "");
}

const tooMany = (field: string) => invalid(field, `${field} must be at most ${DOMAINS_MAXIMUM} domains`);

function parseDomain(text: string, field: string): Outcome<string> {
  const shown = JSON.stringify(text.slice(0, 80));
  const isWildcard = text.startsWith("*.");
  const host = isWildcard ? text.slice(2) : text;
  if (host === "*") return invalid(field, `${shown} would allow every website; name the domains`);
  const noDomain = () => invalid(field, `${shown} is not a domain, such as example.com or *.example.com`);
  if (host.length > MAX_WRITTEN) return noDomain();
  // Full-width letters and other look-alikes would be folded silently into a domain that is not what was typed.
  if (/[^\p{L}\p{M}\p{N}.-]/u.test(host) || host !== host.normalize("NFKC"))
    return invalid(field, `${shown} is not a domain: leave out scheme, path, port and spaces`);
  const ascii = domainToASCII(host);
  if (ascii === LOCALHOST) return isWildcard ? invalid(field, `${shown} is not a domain; name localhost itself`) : ok(LOCALHOST);
  const { isIp, domain, publicSuffix } = parse(ascii, { allowPrivateDomains: true });
  if (isIp === true || /^\d+$/.test(ascii.slice(ascii.lastIndexOf(".") + 1)))
    return invalid(field, `${shown} is an IP address; name a domain`);
  if (publicSuffix === ascii) return invalid(field, `${shown} is a public suffix: everybody may have a website below it`);
  if (domain === null || !HOST.test(ascii)) return noDomain();
  return ok(isWildcard ? `*.${ascii}` : ascii);
}

/**
 * The host of an `Origin` header or, from a `Referer`, of its origin; undefined when it is `null`, several, no website's, or written in a
 * way that parsers disagree about.
 */
export function originHost(origin: string): string | undefined {
  // Refused before parsing: `new URL` mends what it should not (tabs, full-width letters, `https:example.com`, user names).
  if (!/^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?(?:\/[\x21-\x7e]*)?$/i.test(origin)) return undefined;
  const host = URL.parse(origin)?.hostname;
  return host !== undefined && (host === LOCALHOST || HOST.test(host)) ? host : undefined;
}

/** Whether a host is one of the domains or below a wildcard one; the apex is not below itself. */
export function isAllowedHost(domains: readonly string[], host: string): boolean {
  return domains.some((domain) =>
    domain.startsWith("*.") ? host.length > domain.length - 1 && host.endsWith(domain.slice(1)) : host === domain,
  );
}
