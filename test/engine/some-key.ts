/** A key for tables: active, without limits, scopes or end; a row says what is different about its own. */
import { type ApiKey, NO_LIMITS } from "../../engine/api-key.ts";

export const NOW = Date.UTC(2026, 10, 20, 12);

export function someKey(different: Partial<ApiKey> = {}): ApiKey {
  return {
    id: "key_00000000000000000000000001",
    organizationId: "org_00000000000000000000000001",
    name: "CI",
    environment: "live",
    prefix: "kw_live_1234",
    publicKey: null,
    domains: [],
    resources: null,
    scopes: ["agents:read"],
    limits: NO_LIMITS,
    enabled: true,
    createdAt: NOW - 1_000,
    updatedAt: NOW - 500,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: NOW - 100,
    counterId: "key_00000000000000000000000001",
    predecessorId: null,
    successorId: null,
    ...different,
  };
}
