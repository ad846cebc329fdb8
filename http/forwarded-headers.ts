/**
 * Which headers pass through the gateway. From the client: everything but the credential, hop-by-hop headers (RFC 9110, 7.6.1), and all
 * that Keyward says itself, under every alias: backends that follow CGI read `X_Keyward_Key_Id` and `X-Keyward-Key-Id` as one.
 */
import type { PresentedKey } from "../service/index.ts";
import type { AgentSession } from "./agent-session.ts";

const HOP_BY_HOP = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const OURS = /^(x-keyward-|x-forwarded-|forwarded$|x-real-ip$|host$)/;

/** Header lines, names and values in turn. */
type Lines = readonly string[];

/** Who calls, as the upstream is told. */
export type Identity = Pick<PresentedKey, "id" | "organizationId" | "environment" | "scopes"> | AgentSession;

export interface Forwarding {
  readonly identity: Identity;
  /** Headers that may carry a credential: none of them reaches the upstream. */
  readonly credentialHeaders: readonly string[];
  readonly upstreamHost: string;
  readonly clientAddress: string;
  readonly clientProtocol: string;
}

/** The header lines for the upstream. The identity headers are all there on every request, empty where there is nothing to say. */
export function requestHeaders(
  fromClient: Lines,
  { identity, credentialHeaders, upstreamHost, clientAddress, clientProtocol }: Forwarding,
): string[] {
  const named = namedByConnection(fromClient);
  const lines: string[] = ["Host", upstreamHost];
  let host = "";
  let isChunked = false;
  for (const [name, value] of pairs(fromClient)) {
    const canonical = name.toLowerCase().replaceAll("_", "-");
    if (canonical === "host") host = value;
    if (canonical === "transfer-encoding") isChunked = true;
    if (HOP_BY_HOP.has(canonical) || named.has(canonical) || OURS.test(canonical) || credentialHeaders.includes(canonical)) continue;
    lines.push(name, value);
  }
  // Said here, because node:http frames the body of a GET, HEAD or DELETE only when it is told to: without it the body of one request
  // would be read as the next, with headers of the client's choice.
  if (isChunked) lines.push("Transfer-Encoding", "chunked");
  const isKey = "id" in identity;
  lines.push("X-Keyward-Key-Id", isKey ? identity.id : "");
  lines.push("X-Keyward-Organization-Id", identity.organizationId ?? "");
  lines.push("X-Keyward-Environment", isKey ? identity.environment : "");
  lines.push("X-Keyward-Scopes", isKey ? identity.scopes.join(" ") : "");
  lines.push("X-Keyward-Agent", isKey ? "" : identity.agent);
  lines.push("X-Forwarded-For", clientAddress, "X-Forwarded-Host", host, "X-Forwarded-Proto", clientProtocol);
  return lines;
}

/** The header lines for the client: the upstream's, without those of its own connection, and ours in place of its like. */
export function responseHeaders(fromUpstream: Lines, ours: Readonly<Record<string, string>>): string[] {
  const named = namedByConnection(fromUpstream);
  const lines: string[] = [];
  for (const [name, value] of pairs(fromUpstream)) {
    const canonical = name.toLowerCase();
    if (!HOP_BY_HOP.has(canonical) && !named.has(canonical) && !isReplaced(canonical, ours)) lines.push(name, value);
  }
  return lines.concat(...Object.entries(ours));
}

/** `Vary` adds up; and where Keyward decides which website may read an answer, the upstream does not. */
function isReplaced(name: string, ours: Readonly<Record<string, string>>): boolean {
  if (name === "vary") return false;
  return Object.hasOwn(ours, name) || (name.startsWith("access-control-") && Object.hasOwn(ours, "vary"));
}

/** What the sender's `Connection` header calls its own; the length of the body must not be called away. */
function namedByConnection(lines: Lines): Set<string> {
  const named = new Set<string>();
  for (const [name, value] of pairs(lines)) {
    if (name.toLowerCase() === "connection")
      for (const token of value.split(",")) named.add(token.trim().toLowerCase().replaceAll("_", "-"));
  }
  named.delete("content-length");
  return named;
}

function* pairs(lines: Lines): Generator<readonly [string, string]> {
  for (let at = 0; at + 1 < lines.length; at += 2) yield [lines[at] as string, lines[at + 1] as string];
}
