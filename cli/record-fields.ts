/** The fields of what commands print, for `--json id,name` and for completion. The compiler holds them equal to the API's records. */
import type {
  ApiKey,
  AuditEntry,
  Caller,
  GrantedPlan,
  Invitation,
  IssuedApiKey,
  KeyLimit,
  KeyTest,
  Member,
  Node,
  Organization,
  RefusedRequest,
  RotatedApiKey,
  ServiceToken,
  Usage,
  UsageReport,
  Verdict,
} from "../sdk/index.ts";

type All<Document> = { readonly [Field in keyof Document]-?: true };
const names = (all: object): readonly string[] => Object.freeze(Object.keys(all));

const apiKey: All<ApiKey> = {
  id: true,
  organizationId: true,
  name: true,
  environment: true,
  prefix: true,
  status: true,
  refusedFor: true,
  condition: true,
  enabled: true,
  scopes: true,
  resources: true,
  publicKey: true,
  domains: true,
  rotationDue: true,
  limits: true,
  createdAt: true,
  updatedAt: true,
  expiresAt: true,
  revokedAt: true,
  lastUsedAt: true,
  predecessorId: true,
  successorId: true,
};
const issuedKey: All<IssuedApiKey> = { ...apiKey, key: true, secretKey: true };
const rotatedKey: All<RotatedApiKey> = { ...issuedKey, endedIds: true };
const organization: All<Organization> = { id: true, name: true, plan: true, overrides: true, createdAt: true, updatedAt: true };
const serviceToken: All<ServiceToken> = { id: true, name: true, createdAt: true, revokedAt: true };
const invitation: All<Invitation> = {
  id: true,
  organizationId: true,
  role: true,
  note: true,
  inviterId: true,
  createdAt: true,
  expiresAt: true,
};
const verdict: All<Verdict> = {
  valid: true,
  code: true,
  keyId: true,
  organizationId: true,
  environment: true,
  scopes: true,
  resources: true,
  rateLimits: true,
  retryAfterSeconds: true,
  expiresAt: true,
  responseHeaders: true,
  refusal: true,
};

export const KEY_FIELDS = names(apiKey);
export const ISSUED_KEY_FIELDS = names(issuedKey);
export const ROTATED_KEY_FIELDS = names(rotatedKey);
export const ORGANIZATION_FIELDS = names(organization);
export const SERVICE_TOKEN_FIELDS = names(serviceToken);
export const NEW_SERVICE_TOKEN_FIELDS = names({ ...serviceToken, token: true });
export const INVITATION_FIELDS = names(invitation);
export const NEW_INVITATION_FIELDS = names({ ...invitation, link: true });
export const MEMBER_FIELDS = names({ user: true, role: true, createdAt: true } satisfies All<Member>);
export const AUDIT_FIELDS = names({
  id: true,
  at: true,
  actor: true,
  action: true,
  subjectId: true,
  details: true,
  requestId: true,
} satisfies All<AuditEntry>);
export const REFUSAL_FIELDS = names({
  id: true,
  at: true,
  keyId: true,
  organizationId: true,
  requestId: true,
  surface: true,
  method: true,
  path: true,
  address: true,
  reason: true,
  facts: true,
  more: true,
  explanation: true,
  advice: true,
} satisfies All<RefusedRequest>);
export const GRANTED_PLAN_FIELDS = names({ plan: true, limits: true, overrides: true, keys: true } satisfies All<GrantedPlan>);
export const KEY_LIMIT_FIELDS = names({
  name: true,
  limit: true,
  remaining: true,
  resetSeconds: true,
  windowSeconds: true,
  from: true,
} satisfies All<KeyLimit>);
export const TESTED_FIELDS = names({ valid: true, code: true, refusedFor: true, isThisKey: true, rateLimits: true } satisfies All<KeyTest>);
export const VERDICT_FIELDS = names(verdict);
export const KEY_USAGE_FIELDS = names({ from: true, to: true, intervalHours: true, data: true, totals: true } satisfies All<Usage>);
export const USAGE_REPORT_FIELDS = names({
  from: true,
  to: true,
  by: true,
  keptSince: true,
  data: true,
  totals: true,
  nextCursor: true,
} satisfies All<UsageReport>);
export const DIAGNOSIS_FIELDS = names({ server: true, at: true, dataDirectory: true, data: true });
export const NODE_FIELDS = names({
  id: true,
  isThis: true,
  host: true,
  pid: true,
  url: true,
  version: true,
  startedAt: true,
  leaseSeconds: true,
  lag: true,
  verificationsPerSecond: true,
} satisfies All<Node>);
const caller: All<Caller> = { kind: true, actor: true, user: true, organizations: true, expiresAt: true };
export const CALLER_FIELDS = names({ server: true, ...caller });
export const TOKEN_FIELDS = names({ token: true, expiresAt: true });
export const LINK_FIELDS = names({ url: true, expiresAt: true });
