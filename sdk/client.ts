/** The client of the management API. */
import { type Send, sendOver } from "./operations.ts";
import { agentSessionsResource } from "./resources/agent-sessions.ts";
import { auditResource } from "./resources/audit.ts";
import { deviceLoginsResource } from "./resources/device-logins.ts";
import { domainsResource } from "./resources/domains.ts";
import { invitationsResource } from "./resources/invitations.ts";
import { keysResource } from "./resources/keys.ts";
import { membersResource } from "./resources/members.ts";
import { nodesResource } from "./resources/nodes.ts";
import { organizationsResource } from "./resources/organizations.ts";
import { platformResource } from "./resources/platform.ts";
import { refusalsResource } from "./resources/refusals.ts";
import { serviceTokensResource } from "./resources/service-tokens.ts";
import { sessionResource } from "./resources/session.ts";
import { signInResource } from "./resources/sign-in.ts";
import { usageResource } from "./resources/usage.ts";
import { verifyOperation } from "./resources/verify.ts";
import { type ClientOptions, openTransport } from "./transport.ts";

/**
 * Calls the management API of one Keyward, in browsers and in Node.
 *
 * ```ts
 * import { KeywardClient, KeywardError } from "@keyward/sdk";
 *
 * const client = new KeywardClient({ baseUrl: "http://localhost:4000", token: process.env.KEYWARD_TOKEN });
 * const { id } = await client.organizations.create({ name: "Acme" });
 * const { key } = await client.keys.create(id, { name: "production", expiresIn: "90d" });
 * console.log(key);
 *
 * for await (const { name, status } of client.keys.listAll(id)) console.log(name, status);
 *
 * try {
 *   await client.keys.create(id, { limits: { requestsPerMinute: 0 } });
 * } catch (error) {
 *   if (!(error instanceof KeywardError)) throw error;
 *   console.log(error.status, error.code, error.field);
 * }
 * ```
 *
 * A refusal throws `KeywardError`, a missing response `KeywardUnreachable`. A request that reads or carries an Idempotency-Key is sent up
 * to twice more after no response, after 502, 503 and 504, and after 429 with a Retry-After of at most two seconds; `timeoutMs` covers all
 * attempts together. Every method takes `{ signal }` last. Redirects are not followed: the token is for this server alone.
 */
export class KeywardClient {
  /**
   * The platform that this Keyward serves.
   * @example
   * const { title, plans } = await client.platform.get();
   */
  readonly platform: ReturnType<typeof platformResource>;
  /**
   * The caller's own sessions.
   * @example
   * const { user, organizations } = await client.session.get();
   * if (user === null) location.assign("/keyward/sign-in");
   */
  readonly session: ReturnType<typeof sessionResource>;
  /**
   * Signing in, in a browser: the session is in a cookie.
   * @example
   * await client.signIn.email({ email: "ada@example.com", password });
   */
  readonly signIn: ReturnType<typeof signInResource>;
  /**
   * Signing in on a device without a browser: a person lets it in.
   * @example
   * const { userCode, url, deviceCode } = await client.deviceLogins.begin("my program");
   * console.log(`Open ${url} and check the code ${userCode}`);
   * const { token } = await client.deviceLogins.take(deviceCode);
   */
  readonly deviceLogins: ReturnType<typeof deviceLoginsResource>;
  /**
   * Organizations, which own keys.
   * @example
   * const { id } = await client.organizations.create({ name: "Acme", plan: "pro" });
   * const { token } = await client.organizations.token(id, { ttl: "15m" });
   */
  readonly organizations: ReturnType<typeof organizationsResource>;
  /**
   * API keys.
   * @example
   * const { id, key } = await client.keys.create(organizationId, { name: "production", scopes: ["agents:read"], expiresIn: "90d" });
   * const successor = await client.keys.rotate(organizationId, id, { overlap: "24h" });
   * await client.keys.revoke(organizationId, successor.id);
   */
  readonly keys: ReturnType<typeof keysResource>;
  /**
   * How much keys were used.
   * @example
   * const { data } = await client.usage.ofKeys(organizationId, { keys: [keyId], days: 30 });
   * const { totals } = await client.usage.report(organizationId, { from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", by: "total" });
   */
  readonly usage: ReturnType<typeof usageResource>;
  /**
   * Why requests were refused, within the last day.
   * @example
   * const { data } = await client.refusals.explain("req_0f1e2d3c4b5a69788796a5b4");
   * for (const { explanation, advice } of data) console.log(explanation, advice);
   */
  readonly refusals: ReturnType<typeof refusalsResource>;
  /**
   * The audit log.
   * @example
   * for await (const { at, action, actor } of client.audit.listAll(organizationId, { action: "key.revoked" })) console.log(at, action, actor);
   */
  readonly audit: ReturnType<typeof auditResource>;
  /**
   * The members of an organization.
   * @example
   * for (const { user, role } of (await client.members.list(organizationId)).data) console.log(user.name, role);
   */
  readonly members: ReturnType<typeof membersResource>;
  /**
   * Invitations to an organization.
   * @example
   * const { link } = await client.invitations.create(organizationId, { role: "member", note: "Ada" });
   */
  readonly invitations: ReturnType<typeof invitationsResource>;
  /**
   * Tokens of services that verify keys.
   * @example
   * const { token } = await client.serviceTokens.create({ name: "my-api" });
   */
  readonly serviceTokens: ReturnType<typeof serviceTokensResource>;
  /**
   * The processes that share the database.
   * @example
   * for (const { host, leaseSeconds } of (await client.nodes.list()).data) console.log(host, leaseSeconds);
   */
  readonly nodes: ReturnType<typeof nodesResource>;
  /**
   * Domains from which a public key may be used.
   * @example
   * const { data } = await client.domains.check("example.com, *.example.org");
   */
  readonly domains: ReturnType<typeof domainsResource>;
  /**
   * Session tokens of agents, on platforms that have agents.
   * @example
   * const { token } = await client.agentSessions.create(organizationId, { agent: "0xabcdef0123456789abcdef0123456789abcdef01", ttl: "15m" });
   */
  readonly agentSessions: ReturnType<typeof agentSessionsResource>;
  /**
   * Asks whether a request with this key may pass, and counts it against the key's limits if so. The token of the client is then a service
   * token, or the operator's. Every outcome is a verdict: `valid`, and `code` with the reason of a refusal. Never sent twice.
   * @throws KeywardError `invalid_credential` when the token is not accepted, `invalid_request` with `field`
   * @example
   * const { valid, code } = await client.verify({ key, scopes: ["agents:read"] });
   */
  readonly verify: ReturnType<typeof verifyOperation>;

  /** Sends nothing. @throws TypeError for a `baseUrl` or `token` that is malformed */
  constructor(options: ClientOptions) {
    const transport = openTransport(options);
    const send = sendOver(transport) as Send;
    this.platform = platformResource(send);
    this.session = sessionResource(send);
    this.signIn = signInResource(send);
    this.deviceLogins = deviceLoginsResource(send);
    this.organizations = organizationsResource(send);
    this.keys = keysResource(send);
    this.usage = usageResource(send, transport);
    this.refusals = refusalsResource(send);
    this.audit = auditResource(send, transport);
    this.members = membersResource(send);
    this.invitations = invitationsResource(send);
    this.serviceTokens = serviceTokensResource(send);
    this.nodes = nodesResource(send);
    this.domains = domainsResource(send);
    this.agentSessions = agentSessionsResource(send);
    this.verify = verifyOperation(send);
  }
}
