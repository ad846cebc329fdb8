/** Rows to records and back. */
import type { Insertable, Selectable, Updateable } from "kysely";
import type { ApiKey, Limits } from "../../engine/api-key.ts";
import type { KeyChanges } from "../../engine/key-changes.ts";
import { byLimitField, LIMIT_FIELDS, type LimitField } from "../../engine/limit-fields.ts";
import type { ApiKeyTable, BooleanColumn, TimestampColumn } from "./schema.ts";

/** The value of a boolean column. */
function toBoolean(stored: Selectable<{ column: BooleanColumn }>["column"]): boolean {
  return stored === true || stored === 1;
}

/** The value of a timestamptz column, in milliseconds since the epoch. */
export function toTime(stored: Selectable<{ column: TimestampColumn }>["column"]): number {
  return new Date(stored).getTime();
}

export function toApiKey(row: Selectable<ApiKeyTable> & { last_used_at: number | null }): ApiKey {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    environment: row.environment,
    prefix: row.prefix,
    publicKey: row.public_key,
    domains: JSON.parse(row.domains),
    resources: row.resources === null ? null : JSON.parse(row.resources),
    scopes: JSON.parse(row.scopes),
    limits: byLimitField((field) => row[LIMIT_COLUMNS[field]]),
    enabled: toBoolean(row.enabled),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    counterId: row.counter_id,
    predecessorId: row.predecessor_id,
    successorId: row.successor_id,
  };
}

export function toRow(key: ApiKey, digest: string, sealed: string | undefined): Insertable<ApiKeyTable> {
  return {
    id: key.id,
    organization_id: key.organizationId,
    environment: key.environment,
    prefix: key.prefix,
    digest,
    public_key: key.publicKey,
    sealed: sealed ?? null,
    created_at: key.createdAt,
    updated_at: key.updatedAt,
    revoked_at: key.revokedAt,
    counter_id: key.counterId,
    predecessor_id: key.predecessorId,
    successor_id: key.successorId,
    ...changedColumns(key),
  };
}

const LIMIT_COLUMNS = {
  requestsPerMinute: "requests_per_minute",
  requestsPerDay: "requests_per_day",
  concurrentRequests: "concurrent_requests",
} as const satisfies Record<LimitField, keyof ApiKeyTable>;
type LimitColumn = (typeof LIMIT_COLUMNS)[LimitField];

function limitColumns(limits: Partial<Limits>): Partial<Record<LimitColumn, number | null>> {
  return Object.fromEntries(LIMIT_FIELDS.flatMap((field) => (limits[field] === undefined ? [] : [[LIMIT_COLUMNS[field], limits[field]]])));
}

type ChangeableColumns = "domains" | "resources" | "name" | "enabled" | "expires_at" | "scopes" | LimitColumn;

export function changedColumns(key: ApiKey): Pick<Insertable<ApiKeyTable>, ChangeableColumns>;
export function changedColumns(changes: KeyChanges): Pick<Updateable<ApiKeyTable>, ChangeableColumns>;
export function changedColumns(changes: KeyChanges): Pick<Updateable<ApiKeyTable>, ChangeableColumns> {
  const { name, enabled, expiresAt, scopes, limits, domains, resources } = changes;
  return {
    ...(name !== undefined && { name }),
    ...(enabled !== undefined && { enabled }),
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    ...(domains !== undefined && { domains: JSON.stringify(domains) }),
    ...(resources !== undefined && { resources: resources === null ? null : JSON.stringify(resources) }),
    ...(scopes !== undefined && { scopes: JSON.stringify(scopes) }),
    ...(limits !== undefined && limitColumns(limits)),
  };
}
