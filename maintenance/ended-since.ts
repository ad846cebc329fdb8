/** Which keys and service tokens ended after a backup was made, and ending them again. */
import type { NewId } from "../engine/id.ts";
import type { KeyChanges } from "../engine/key-changes.ts";
import { AUDIT_ID } from "../service/audit.ts";
import type { Change, Store } from "../stores/contract.ts";
import type { TrailEntry } from "./audit-trail.ts";

/** What is to be true of a key again. */
interface KeyEnd {
  isRevoked: boolean;
  /** The last state that was set, if any was. */
  enabled: boolean | undefined;
  /** The last expiry that was set, if any was; milliseconds since the epoch, null for never. */
  expiresAt: number | null | undefined;
}

interface Ends {
  readonly keys: ReadonlyMap<string, KeyEnd>;
  readonly serviceTokens: readonly string[];
  /** Changes of members and invitations, which are not made again. */
  readonly ofPeople: number;
  /** Keys that were created since. */
  readonly created: number;
}

/** What was done again, by ids. */
export interface EndedAgain {
  readonly revoked: readonly string[];
  readonly disabled: readonly string[];
  /** Keys that ended by rotation or by a new expiry. */
  readonly expired: readonly string[];
  readonly serviceTokens: readonly string[];
  /** Keys and tokens that were created and ended after the backup: they are not in it. */
  readonly unknown: number;
  readonly changesOfPeople: number;
  /** Keys that were created after the backup, and are lost with it. */
  readonly createdSince: number;
}

/** `isInBackup`: whether the backup has this entry, and with it what the entry tells. The others are read from the oldest on. */
export function endsIn(entries: readonly TrailEntry[], isInBackup: (entryId: string) => boolean): Ends {
  const keys = new Map<string, KeyEnd>();
  const serviceTokens = new Set<string>();
  const people = new Set<string>();
  const created = new Set<unknown>();
  const since = entries.filter(({ id }) => !isInBackup(id));
  for (const { id, at, action, subjectId, details } of since.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))) {
    if (action === "key.created") created.add(subjectId);
    if (action === "key.rotated") created.add(details.successorId);
    if (action === "service_token.revoked") serviceTokens.add(subjectId);
    if (/^(?:member|invitation)\.(?:updated|removed|revoked)$/.test(action)) people.add(id);
    const change = KEY_CHANGES[action]?.(details, at);
    if (change === undefined) continue;
    const key = keys.get(subjectId) ?? { isRevoked: false, enabled: undefined, expiresAt: undefined };
    keys.set(subjectId, Object.assign(key, change));
  }
  return { keys, serviceTokens: [...serviceTokens], ofPeople: people.size, created: created.size };
}

/** What an action did to a key. */
const KEY_CHANGES: Readonly<Record<string, (details: TrailEntry["details"], at: number) => Partial<KeyEnd>>> = Object.assign(
  Object.create(null),
  {
    "key.revoked": () => ({ isRevoked: true }),
    "key.ended": (_details: TrailEntry["details"], at: number) => ({ expiresAt: at }),
    "key.rotated": ({ expiresAt }: TrailEntry["details"]) => expiryOf(expiresAt),
    "key.updated": ({ enabled, expiresAt }: TrailEntry["details"]) => ({
      ...(typeof enabled === "boolean" && { enabled }),
      ...expiryOf(expiresAt),
    }),
  },
);

function expiryOf(expiresAt: unknown): Partial<KeyEnd> {
  return typeof expiresAt === "number" || expiresAt === null ? { expiresAt } : {};
}

type EndStore = Pick<Store, "findKeyOfAny" | "revokeKey" | "updateKey" | "revokeServiceToken">;

/** Ends them as the operator, each with its row in the audit log. Nothing is given back: a key that was enabled or prolonged since stays as it is. */
export async function endAgain(
  store: EndStore,
  { keys, serviceTokens, ofPeople, created }: Ends,
  { newId, now }: { readonly newId: NewId; readonly now: number },
): Promise<EndedAgain> {
  const change = (): Change => ({ auditId: newId(AUDIT_ID, now), actor: "operator", at: now });
  const ended: Record<Ending, string[]> = { revoked: [], disabled: [], expired: [], unknown: [] };
  for (const [id, end] of keys) for (const what of await endKey(store, id, end, change())) ended[what].push(id);
  const tokens: Record<string, string[]> = {};
  for (const id of serviceTokens) {
    const { outcome } = await store.revokeServiceToken(id, change());
    tokens[outcome] = [...(tokens[outcome] ?? []), id];
  }
  const { revoked, disabled, expired } = ended;
  const unknown = ended.unknown.length + (tokens.not_found?.length ?? 0);
  return { revoked, disabled, expired, serviceTokens: tokens.revoked ?? [], unknown, changesOfPeople: ofPeople, createdSince: created };
}

type Ending = "revoked" | "disabled" | "expired" | "unknown";

/** What had to be done. Nothing for a key that ended in the backup already. */
async function endKey(store: EndStore, id: string, end: KeyEnd, change: Change): Promise<readonly Ending[]> {
  const key = await store.findKeyOfAny(id);
  if (key === undefined) return ["unknown"];
  const endsAt = key.expiresAt ?? Number.POSITIVE_INFINITY;
  if (key.revokedAt !== null || endsAt <= change.at) return [];
  if (end.isRevoked) {
    await store.revokeKey(key.organizationId, id, change);
    return ["revoked"];
  }
  const isDisabled = end.enabled === false && key.enabled;
  const expiresAt = typeof end.expiresAt === "number" && end.expiresAt < endsAt ? end.expiresAt : undefined;
  if (!isDisabled && expiresAt === undefined) return [];
  const changes: KeyChanges = { ...(isDisabled && { enabled: false }), ...(expiresAt !== undefined && { expiresAt }) };
  await store.updateKey(key.organizationId, id, changes, change);
  return [...(isDisabled ? (["disabled"] as const) : []), ...(expiresAt === undefined ? [] : (["expired"] as const))];
}
