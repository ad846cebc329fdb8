/** `@keyward/sdk`: the typed client of Keyward's management API. */
export type * from "./api.ts";
export { KeywardClient } from "./client.ts";
export { KeywardError, KeywardUnreachable } from "./errors.ts";
export { newIdempotencyKey } from "./idempotency-key.ts";
export type { Body, OperationName, Operations, Query, ResponseBody } from "./operations.ts";
// One by one: these go before generated ones of the same name.
export type {
  AuditEntry,
  AuditFilter,
  CheckedDomain,
  Condition,
  InvitationOffer,
  KeyChanges,
  KeyLimit,
  KeyPage,
  KeyQuery,
  KeyTest,
  NewKey,
  OwnSession,
  Plan,
  PlatformDescription,
  Role,
  Verdict,
} from "./records.ts";
export type { IssueOptions } from "./resources/keys.ts";
export type { CallOptions, ClientOptions } from "./transport.ts";
