/** What the dialogs about one key read of it while they are open. */
import type { ApiKey } from "@keyward/sdk";
import { useQuery } from "@tanstack/react-query";
import { keyQuery, keyUsageQuery } from "../key-queries.ts";

/** The record as it is now; until that has been read, as it was when the dialog opened. */
export function useFreshKey(organizationId: string, key: ApiKey): ApiKey {
  return useQuery({ ...keyQuery(organizationId, key.id), initialData: key, initialDataUpdatedAt: 0 }).data;
}

/** The key that this one replaced; read only where there is one. */
export function usePredecessor(organizationId: string, { predecessorId }: ApiKey) {
  return useQuery({ ...keyQuery(organizationId, predecessorId ?? ""), enabled: predecessorId !== null });
}

export function useKeyUsage(organizationId: string, keyId: string, period: "24h" | "7d") {
  return useQuery(keyUsageQuery(organizationId, keyId, period));
}
