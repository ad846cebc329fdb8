/** What is read of one key. */
import { queryOptions } from "@tanstack/react-query";
import { client } from "../app/client.ts";

export function keyQuery(organizationId: string, keyId: string) {
  return queryOptions({
    queryKey: ["key", organizationId, keyId],
    queryFn: ({ signal }) => client.keys.get(organizationId, keyId, { signal }),
  });
}

export function keyUsageQuery(organizationId: string, keyId: string, period: "24h" | "7d" | "30d") {
  return queryOptions({
    queryKey: ["usage", organizationId, keyId, period],
    queryFn: ({ signal }) => client.keys.usage(organizationId, keyId, { period }, { signal }),
  });
}
