/** What the dialogs about one key read of it while they are open. */
import type { ApiKey } from "@keyward/sdk";
import { useQuery } from "@tanstack/react-query";
import { client } from "../../app/client.ts";

/** The record as it is now; as it was when the dialog opened until that is known. */
export function useFreshKey(organizationId: string, key: ApiKey): ApiKey {
  const { data } = useQuery({
    queryKey: ["key", organizationId, key.id],
    queryFn: ({ signal }) => client.keys.get(organizationId, key.id, { signal }),
    initialData: key,
    initialDataUpdatedAt: 0,
  });
  return data;
}

/** The key that this one has replaced; asked for only where there is one. */
export function usePredecessor(organizationId: string, { predecessorId }: ApiKey) {
  return useQuery({
    queryKey: ["key", organizationId, predecessorId],
    queryFn: ({ signal }) => client.keys.get(organizationId, predecessorId ?? "", { signal }),
    enabled: predecessorId !== null,
  });
}

export function useKeyUsage(organizationId: string, keyId: string, period: "24h" | "7d") {
  return useQuery({
    queryKey: ["usage", organizationId, keyId, period],
    queryFn: ({ signal }) => client.keys.usage(organizationId, keyId, { period }, { signal }),
  });
}
