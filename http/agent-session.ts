/**
 * Agent session tokens, with which an agent acts for itself on the routes that take no API key: a JWT (HS256) that names the agent and its
 * organization, signed with a derived key. It is short-lived because it cannot be revoked.
 */
import { HOUR_MS, parseDuration, SECOND_MS } from "../engine/duration.ts";
import { type Outcome, ok } from "../engine/errors.ts";
import type { HttpContext } from "./context.ts";
import { jose } from "./jose.ts";

const ISSUER = "keyward";
const AUDIENCE = "keyward:agent";
const ALGORITHM = "HS256";
const TTL_DEFAULT = "15m";
export const AGENT_TTL_RANGE = { minimumMs: SECOND_MS, maximumMs: HOUR_MS };

export interface AgentSession {
  /** The address of the agent in the platform's canonical form. */
  readonly agent: string;
  readonly organizationId: string;
}

/** One that was read from a token. */
export interface ReadAgentSession extends AgentSession {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

type Signer = Pick<HttpContext, "managementKey" | "service">;

/** Deployments that share a secret do not accept each other's tokens. */
const audienceOf = ({ service }: Signer): string => `${AUDIENCE}:${service.environments.join("+")}`;

/** Signs a token for one agent. `ttl` is a duration from `1s` to `1h`, `15m` when absent. */
export async function signAgentSession(
  signer: Signer,
  { agent, organizationId }: AgentSession,
  ttl = TTL_DEFAULT,
): Promise<Outcome<{ token: string; expiresAt: number }>> {
  const duration = parseDuration(ttl, "ttl", AGENT_TTL_RANGE);
  if (!duration.ok) return duration;
  const issuedAt = Math.floor(signer.service.clock() / SECOND_MS);
  const expiresAt = issuedAt + duration.value / SECOND_MS;
  const { SignJWT } = await jose();
  const token = new SignJWT({ org: organizationId })
    .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
    .setIssuer(ISSUER)
    .setAudience(audienceOf(signer))
    .setSubject(agent);
  return ok({
    token: await token.setIssuedAt(issuedAt).setExpirationTime(expiresAt).sign(signer.managementKey),
    expiresAt: expiresAt * SECOND_MS,
  });
}

/** The session in a token that Keyward signed and that has not expired; undefined for anything else, such as an API key. */
export async function readAgentSession(signer: Signer, token: string): Promise<ReadAgentSession | undefined> {
  try {
    const options = {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: audienceOf(signer),
      typ: "JWT",
      requiredClaims: ["sub", "org", "iat", "exp"],
    };
    const { jwtVerify } = await jose();
    const { payload } = await jwtVerify(token, signer.managementKey, { ...options, currentDate: new Date(signer.service.clock()) });
    return typeof payload.sub === "string" && typeof payload.org === "string"
      ? { agent: payload.sub, organizationId: payload.org, expiresAt: (payload.exp ?? 0) * SECOND_MS }
      : undefined;
  } catch {
    return undefined;
  }
}
