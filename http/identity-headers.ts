/** The identity headers: who is calling, as the platform's own API learns it. The gateway and forward-auth write the same ones. */
import type { PresentedKey } from "../service/index.ts";
import type { AgentSession } from "./agent-session.ts";

/** Who is calling: an API key, or an agent with a session of its own. */
export type Caller = Pick<PresentedKey, "id" | "organizationId" | "environment" | "scopes"> | AgentSession;

/** In the order in which they are written. */
export const IDENTITY_HEADERS = [
  "X-Keyward-Key-Id",
  "X-Keyward-Organization-Id",
  "X-Keyward-Environment",
  "X-Keyward-Scopes",
  "X-Keyward-Agent",
] as const;
type IdentityHeader = (typeof IDENTITY_HEADERS)[number];

/**
 * Every identity header, empty where there is no value: many gateways copy the headers that they find and leave in place what the client
 * sent under the names that they do not find. Without a caller all are empty.
 * @example
 * identityHeaders(undefined)["X-Keyward-Key-Id"]; // ""
 */
export function identityHeaders(caller: Caller | undefined): Record<IdentityHeader, string> {
  const key = caller !== undefined && "id" in caller ? caller : undefined;
  return {
    "X-Keyward-Key-Id": key?.id ?? "",
    "X-Keyward-Organization-Id": caller?.organizationId ?? "",
    "X-Keyward-Environment": key?.environment ?? "",
    "X-Keyward-Scopes": key?.scopes.join(" ") ?? "",
    "X-Keyward-Agent": caller !== undefined && "agent" in caller ? caller.agent : "",
  };
}
