/** `@keyward/sdk`: a Keyward elsewhere for your application, and the typed client of its management API. */
export type { AdmissionPort, Decision, KeyIdentity, Need } from "../admission/port.ts";
export type * from "./api.ts";
export { KeywardClient } from "./client.ts";
export { KeywardError, KeywardUnreachable } from "./errors.ts";
export { newIdempotencyKey } from "./idempotency-key.ts";
export type { Body, OperationName, Operations, Query, ResponseBody } from "./operations.ts";
export { type PlatformClient, type PlatformClientOptions, type PlatformName, platformClient } from "./platform-client.ts";
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
  WaitingDevice,
} from "./records.ts";
export { keywardAt, type RemoteKeyward, type RemoteOptions } from "./remote/keyward-at.ts";
export type { IssueOptions } from "./resources/keys.ts";
export type { CallOptions, ClientOptions } from "./transport.ts";
