/**
 * Allowed domains: the websites from which a public key may be used without the secret key. They are compared as parsed hosts, label by
 * label, so that `evil-example.com` and `example.com.evil.com` do not match `example.com`.
 */
import { domainToASCII } from "node:url";
import { parse } from "tldts";
import { invalid, type Outcome, ok } from "./errors.ts";

export const DOMAINS_MAXIMUM = 50;
/** The longest host name: 253 characters of at most two UTF-16 units each. Normalizing much longer text would take a second. */
const MAX_WRITTEN = 512;
/** For development: the only name without a dot that may be allowed. It allows no host below it. */
const LOCALHOST = "localhost";
/** A host name (RFC 1123, 2.1): labels of letters, digits and inner hyphens. */
const HOST = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;

/**
 * Makes domains canonical (lower case, punycode), each once. `example.com` allows that host, `*.example.com` every host below it, and
 * `localhost` this machine under that name. The refusal quotes the domain that is wrong and names `field`.
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

/** A domain as somebody wrote it, with its canonical form or the sentence that says why it is not valid. */
interface CheckedDomain {
  readonly given: string;
  readonly domain: string | null;
  readonly message: string | null;
}

/** Checks domains that are separated by commas or line breaks, each one separately, as `parseDomains` does. */
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
  // Full-width letters and other look-alikes would silently become a domain that nobody typed.
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
 * The host in an `Origin` or `Referer` header. Undefined if the value is `null`, has several origins, is not a website's, or is written in
 * a way that parsers disagree about.
 */
export function originHost(origin: string): string | undefined {
  if (HOSTS.has(origin)) return HOSTS.get(origin);
  const host = readOriginHost(origin);
  if (origin.length > LONGEST_REMEMBERED) return host;
  if (HOSTS.size >= MOST_REMEMBERED) HOSTS.clear();
  HOSTS.set(origin, host);
  return host;
}

/** The hosts of recent origins: a website sends the same origin with every request, and to parse it takes longer than all other rules together. */
const HOSTS = new Map<string, string | undefined>();
const MOST_REMEMBERED = 1_000;
const LONGEST_REMEMBERED = 300;

function readOriginHost(origin: string): string | undefined {
  // Refused before parsing: `new URL` accepts what it should not (tabs, full-width letters, `https:example.com`, user names).
  if (!/^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?(?:\/[\x21-\x7e]*)?$/i.test(origin)) return undefined;
  const host = URL.parse(origin)?.hostname;
  return host !== undefined && (host === LOCALHOST || HOST.test(host)) ? host : undefined;
}

/** Whether a host is one of the domains, or below a wildcard domain. `*.example.com` does not allow `example.com` itself. */
export function isAllowedHost(domains: readonly string[], host: string): boolean {
  return domains.some((domain) =>
    domain.startsWith("*.") ? host.length > domain.length - 1 && host.endsWith(domain.slice(1)) : host === domain,
  );
}
