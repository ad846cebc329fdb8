/** Decides which header lines pass through the gateway, by their canonical names. Lines that pass are not changed. */
import { canonicalName, OVERRIDES } from "../header-names.ts";
import { type Caller, IDENTITY_HEADERS, identityHeaders } from "../identity-headers.ts";
import { type Framing, framingLines } from "./framing.ts";

/** For one connection only (RFC 9110, 7.6.1), and the framing of a message, which each side writes for itself. */
const OF_CONNECTION = [
  "connection",
  "content-length",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
/** About the client: only Keyward may state these. `Proxy` would set HTTP_PROXY under CGI (httpoxy, CVE-2016-5385). */
const ABOUT_CLIENT = ["client-ip", "forwarded", "host", "proxy", "x-client-ip", "x-cluster-client-ip", "x-host", "x-real-ip"];
/** Of the request: the server states it, to both sides. */
const REQUEST_ID = "x-request-id";
const HOP_BY_HOP: ReadonlySet<string> = new Set(OF_CONNECTION);
const NONE: ReadonlySet<string> = new Set();

/** Header lines, names and values in turn. */
type Lines = readonly string[];

export interface Forwarding {
  readonly caller: Caller;
  readonly framing: Framing;
  readonly upstreamHost: string;
  readonly clientAddress: string;
  readonly clientHost: string;
  readonly clientProtocol: string;
  readonly requestId: string;
}

/**
 * Returns the function that builds the header lines for the upstream from the client's. Headers in `credentialHeaders` do not pass. Every
 * request has all identity headers, empty where there is no value.
 */
export function requestHeaders(credentialHeaders: readonly string[]): (fromClient: Lines, forwarding: Forwarding) => string[] {
  const stopped: ReadonlySet<string> = new Set([
    ...OF_CONNECTION,
    ...ABOUT_CLIENT,
    REQUEST_ID,
    ...OVERRIDES,
    ...credentialHeaders.map(canonicalName),
  ]);
  return (fromClient, { caller, framing, upstreamHost, clientAddress, clientHost, clientProtocol, requestId }) => {
    const named = namedByConnection(fromClient);
    const lines: string[] = ["Host", upstreamHost];
    for (let at = 0; at + 1 < fromClient.length; at += 2) {
      const name = canonicalName(fromClient[at] as string);
      if (!stopped.has(name) && !named.has(name) && !name.startsWith("x-keyward") && !name.startsWith("x-forwarded"))
        lines.push(fromClient[at] as string, fromClient[at + 1] as string);
    }
    const identity = identityHeaders(caller);
    for (const name of IDENTITY_HEADERS) lines.push(name, identity[name]);
    lines.push("X-Forwarded-For", clientAddress, "X-Forwarded-Host", clientHost, "X-Forwarded-Proto", clientProtocol);
    lines.push("X-Request-Id", requestId);
    lines.push(...framingLines(framing));
    return lines;
  };
}

/** The header lines for the client: the upstream's, without those for its own connection and its id of the request; `ours` replace those of the same name. */
export function responseHeaders(fromUpstream: Lines, framing: Framing, ours: Readonly<Record<string, string>>): string[] {
  const named = namedByConnection(fromUpstream);
  const lines: string[] = [];
  for (let at = 0; at + 1 < fromUpstream.length; at += 2) {
    const name = canonicalName(fromUpstream[at] as string);
    if (!HOP_BY_HOP.has(name) && name !== REQUEST_ID && !named.has(name) && !isReplaced(name, ours))
      lines.push(fromUpstream[at] as string, fromUpstream[at + 1] as string);
  }
  return lines.concat(framingLines(framing), ...Object.entries(ours));
}

/** `Vary` is added to the upstream's. Where Keyward sets CORS headers, the upstream's are dropped. */
function isReplaced(name: string, ours: Readonly<Record<string, string>>): boolean {
  if (name === "vary") return false;
  return Object.hasOwn(ours, name) || (name.startsWith("access-control-") && Object.hasOwn(ours, "vary"));
}

/** The canonical names listed in the sender's `Connection` headers. */
function namedByConnection(lines: Lines): ReadonlySet<string> {
  let named: Set<string> | undefined;
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const name = lines[at] as string;
    const value = lines[at + 1] as string;
    if (name.length !== "connection".length || name.toLowerCase() !== "connection" || value === "keep-alive" || value === "close") continue;
    named ??= new Set();
    for (const token of value.split(",")) named.add(canonicalName(token.trim()));
  }
  return named ?? NONE;
}
