/** Names for what operations take and return. */
import type { ApiKey, Member } from "./api.ts";
import type { Body, Query, ResponseBody } from "./operations.ts";

export type Role = Member["role"];
export type Condition = ApiKey["condition"];
export type PlatformDescription = ResponseBody<"GET /keyward/v1/platform">;
export type Plan = ResponseBody<"GET /keyward/v1/organizations/{organizationId}/plan">;
export type AuditEntry = ResponseBody<"GET /keyward/v1/organizations/{organizationId}/audit">["data"][number];
export type AuditFilter = Omit<Query<"GET /keyward/v1/organizations/{organizationId}/audit.csv">, "cursor">;
export type KeyQuery = Query<"GET /keyward/v1/organizations/{organizationId}/keys">;
export type KeyPage = ResponseBody<"GET /keyward/v1/organizations/{organizationId}/keys">;
export type NewKey = Body<"POST /keyward/v1/organizations/{organizationId}/keys">;
export type KeyChanges = Body<"PATCH /keyward/v1/organizations/{organizationId}/keys/{keyId}">;
export type KeyLimit = ResponseBody<"GET /keyward/v1/organizations/{organizationId}/keys/{keyId}/limits">["data"][number];
export type KeyTest = ResponseBody<"POST /keyward/v1/organizations/{organizationId}/keys/{keyId}/test">;
export type OwnSession = ResponseBody<"GET /keyward/v1/sessions">["data"][number];
export type CheckedDomain = ResponseBody<"POST /keyward/v1/domains/check">["data"][number];
export type InvitationOffer = ResponseBody<"POST /keyward/v1/invitations/read">;
export type WaitingDevice = ResponseBody<"POST /keyward/v1/device-logins/read">;
export type Verdict = ResponseBody<"POST /keyward/v1/verify">;
