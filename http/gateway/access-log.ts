/**
 * The access log of the gateway: a line of JSON for each request that has ended. It has no credential: of the header lines it has none, of the target
 * only the path, and of that nothing that looks like a secret (`engine/harmless-path.ts`).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { addressOf } from "../../admission/client-address.ts";
import { extractCredential } from "../../admission/credential.ts";
import { harmlessPath } from "../../engine/harmless-path.ts";
import type { LineWriter } from "../../telemetry/line-writer.ts";
import type { HttpContext } from "../context.ts";
import { requestIdOf } from "../identified.ts";
import type { Passage } from "../operation-admission.ts";

/** What is learned about a request on its way. */
export interface AccessEntry {
  keyId?: string | undefined;
  organizationId?: string | null | undefined;
  /** Of an agent with a session of its own. */
  agent?: string | undefined;
  upstreamStatus?: number | undefined;
  /** Why Keyward refused it: more than its client learns. */
  refused?: string | undefined;
  /** Of a connection that has switched protocols, whose response is none of node:http. */
  status?: number | undefined;
}

export interface AccessLog {
  /** Call it when a request begins; its line is written when the response or the switched connection has ended. */
  begin(request: IncomingMessage, response: ServerResponse, upgraded: Socket | undefined): AccessEntry;
}

/** How many bytes the connection had sent when the last response on it ended: those of the next begin there. */
const LOGGED = Symbol("logged bytes");
type Connection = Socket & { [LOGGED]?: number };

const ADDRESS_MAX_CHARACTERS = 64;
const METHOD_MAX_CHARACTERS = 32;

export function accessLog(
  { platform, trustedProxies, service }: Pick<HttpContext, "platform" | "trustedProxies" | "service">,
  lines: Pick<LineWriter, "write">,
): AccessLog {
  return {
    begin(request, response, upgraded) {
      const entry: AccessEntry = {};
      const began = service.monotonic();
      const connection = request.socket as Connection;
      const bytesBefore = connection.bytesWritten;
      // A connection that is gone has forgotten its peer.
      const client = addressOf({ rawHeaders: request.rawHeaders, socket: { remoteAddress: connection.remoteAddress } }, trustedProxies);
      (upgraded ?? response).once("close", () => {
        const { method = "", url = "", rawHeaders } = request;
        const sent = connection.bytesWritten;
        const line = {
          time: new Date(service.clock()).toISOString(),
          requestId: requestIdOf(request),
          method: method.slice(0, METHOD_MAX_CHARACTERS),
          path: harmlessPath(url, platform, presentedIn(rawHeaders, platform)),
          // A client that left before the response has no status.
          status: entry.status ?? (response.headersSent ? response.statusCode : null),
          durationMs: Math.round((service.monotonic() - began) * 1_000) / 1_000,
          bytes: sent - Math.max(bytesBefore, connection[LOGGED] ?? 0),
          client: client.slice(0, ADDRESS_MAX_CHARACTERS),
          ...entry,
        };
        connection[LOGGED] = sent;
        lines.write(`${asciiJson(line)}\n`);
      });
      return entry;
    },
  };
}

/** Who is calling, as far as the credential says. */
export function noteCaller(entry: AccessEntry, passage: Passage): void {
  if (passage.by === "agent") Object.assign(entry, { agent: passage.session.agent, organizationId: passage.session.organizationId });
  const key = passage.by === "key" ? passage.verdict.key : passage.by === "none" ? passage.refused.key : undefined;
  if (key !== undefined) Object.assign(entry, { keyId: key.id, organizationId: key.organizationId });
}

function presentedIn(rawHeaders: readonly string[], { credentials }: Pick<HttpContext["platform"], "credentials">): string {
  const extracted = extractCredential(rawHeaders, credentials);
  return extracted.found === "one" ? extracted.presented : "";
}

/** Terminals obey some characters beyond ASCII, and readers of lines break them at others: all are written as escapes. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(/[\x7f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
