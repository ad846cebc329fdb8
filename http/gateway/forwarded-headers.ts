/**
 * Decides which header lines pass through the gateway. Names are compared in a canonical form: servers that follow CGI read
 * `X_Keyward_Key_Id`, `x.keyward.key.id` and `X-Keyward-Key-Id` as one variable. Lines that pass are not changed.
 */
import type { PresentedKey } from "../../service/index.ts";
import type { AgentSession } from "../agent-session.ts";
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
/** Frameworks that honour these would serve another method or path than the one that was judged. */
const OVERRIDES = [
  "http-method-override",
  "method-override",
  "x-envoy-original-path",
  "x-http-host-override",
  "x-http-method",
  "x-http-method-override",
  "x-method",
  "x-method-override",
  "x-original-host",
  "x-original-method",
  "x-original-path",
  "x-original-uri",
  "x-original-url",
  "x-override-url",
  "x-rewrite-path",
  "x-rewrite-uri",
  "x-rewrite-url",
  "x-script-name",
  "x-waws-unencoded-url",
];
const HOP_BY_HOP: ReadonlySet<string> = new Set(OF_CONNECTION);
const NONE: ReadonlySet<string> = new Set();
const UNLIKE_CANONICAL = /[^a-z0-9-]/g;

/** Header lines, names and values in turn. */
type Lines = readonly string[];

/** The caller, as reported to the upstream. */
export type Identity = Pick<PresentedKey, "id" | "organizationId" | "environment" | "scopes"> | AgentSession;

export interface Forwarding {
  readonly identity: Identity;
  readonly framing: Framing;
  readonly upstreamHost: string;
  readonly clientAddress: string;
  readonly clientHost: string;
  readonly clientProtocol: string;
}

/** The form in which names are compared: lower case, and `-` for every other separator. */
function canonicalName(name: string): string {
  return name.toLowerCase().replace(UNLIKE_CANONICAL, "-");
}

/**
 * Returns the function that builds the header lines for the upstream from the client's. Headers in `credentialHeaders` do not pass. Every
 * request has all identity headers, empty where there is no value.
 */
export function requestHeaders(credentialHeaders: readonly string[]): (fromClient: Lines, forwarding: Forwarding) => string[] {
  const stopped: ReadonlySet<string> = new Set([...OF_CONNECTION, ...ABOUT_CLIENT, ...OVERRIDES, ...credentialHeaders.map(canonicalName)]);
  return (fromClient, { identity, framing, upstreamHost, clientAddress, clientHost, clientProtocol }) => {
    const named = namedByConnection(fromClient);
    const lines: string[] = ["Host", upstreamHost];
    for (let at = 0; at + 1 < fromClient.length; at += 2) {
      const name = canonicalName(fromClient[at] as string);
      if (!stopped.has(name) && !named.has(name) && !name.startsWith("x-keyward") && !name.startsWith("x-forwarded"))
        lines.push(fromClient[at] as string, fromClient[at + 1] as string);
    }
    const isKey = "id" in identity;
    lines.push("X-Keyward-Key-Id", isKey ? identity.id : "");
    lines.push("X-Keyward-Organization-Id", identity.organizationId ?? "");
    lines.push("X-Keyward-Environment", isKey ? identity.environment : "");
    lines.push("X-Keyward-Scopes", isKey ? identity.scopes.join(" ") : "");
    lines.push("X-Keyward-Agent", isKey ? "" : identity.agent);
    lines.push("X-Forwarded-For", clientAddress, "X-Forwarded-Host", clientHost, "X-Forwarded-Proto", clientProtocol);
    lines.push(...framingLines(framing));
    return lines;
  };
}

/** The header lines for the client: the upstream's, without those for its own connection; `ours` replace those of the same name. */
export function responseHeaders(fromUpstream: Lines, framing: Framing, ours: Readonly<Record<string, string>>): string[] {
  const named = namedByConnection(fromUpstream);
  const lines: string[] = [];
  for (let at = 0; at + 1 < fromUpstream.length; at += 2) {
    const name = canonicalName(fromUpstream[at] as string);
    if (!HOP_BY_HOP.has(name) && !named.has(name) && !isReplaced(name, ours))
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
