/** Keyward as a library: issue, verify, limit, rotate and revoke API keys in your own process, on your own store. */
import { startBackground } from "./background.ts";
import { composeService } from "./compose.ts";
import type { Keyward, KeywardOptions } from "./keyward.ts";

/**
 * Opens Keyward on a store.
 * @throws Error with one sentence when the secret is too short, when the platform has no such environment, or when the database belongs to
 * another secret or another platform.
 * @example
 * const { store, close } = await openSqlite({ directory: "./data" });
 * const kw = await keyward({ platform: platforms.keyward, store, secret });
 * const organization = await kw.organizations.create({ name: "Acme" }, "operator");
 * if (!organization.ok) throw new Error(organization.problem.detail);
 * const issued = await kw.keys.create(organization.value.id, { name: "Production" }, "operator");
 * if (!issued.ok) throw new Error(issued.problem.detail);
 * console.log(issued.value.shown); // { key: "kw_live_..." }
 * await kw.close();
 * await close();
 */
export async function keyward(options: KeywardOptions): Promise<Keyward> {
  const { keyward: service, work } = await composeService(options);
  const background = startBackground(work, options.onFlushFailed ?? (() => undefined));
  return {
    ...service,
    close() {
      background.stop();
      return service.close();
    },
  };
}

export type { ApiKey, Environment, Limits, Plan } from "../engine/api-key.ts";
export type { Outcome, Problem } from "../engine/errors.ts";
export type { Ask } from "../engine/judge.ts";
export type { Role } from "../engine/roles.ts";
export type {
  AuditEntry,
  Invitation,
  ListedSession,
  Member,
  Organization,
  Person,
  ServiceToken,
  Session,
} from "../stores/contract.ts";
export type { AuditInput, ReadAuditEntry } from "./audit.ts";
export type { CreateUnclaimedInput } from "./claims.ts";
export type { MonotonicClock } from "./clocks.ts";
export type { IssuedKey } from "./issuing.ts";
export type { KeyListInput } from "./key-list.ts";
export type { KeySettings } from "./key-settings.ts";
export type { Actor, CreateKeyInput, RotateKeyInput, UpdateKeyInput } from "./keys.ts";
export type { CountTogether, Keyward, KeywardOptions } from "./keyward.ts";
export type { AttemptsTogether } from "./limiting/attempts-together.ts";
export type { OrganizationInput } from "./organizations.ts";
export type { InvitationInput, NewcomerInput } from "./people.ts";
export type { ExplainedRefusal } from "./refusals/refusals.ts";
export type { Statistics } from "./statistics.ts";
export { StoreUnavailable } from "./store-unavailable.ts";
export type { PresentedKey } from "./verification/presented-key.ts";
export type { Verdict } from "./verification/verdict.ts";
