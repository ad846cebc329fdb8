/** The record of one key, and forgetting what has been read about it. */
import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { client } from "../../app/client.ts";

const READ_AGAIN_MS = 30_000;

/** Read again while the page is in sight, so that a change in another place is seen. */
export function keyQuery(organizationId: string, keyId: string) {
  return queryOptions({
    queryKey: ["key", organizationId, keyId],
    queryFn: ({ signal }) => client.keys.get(organizationId, keyId, { signal }),
    refetchInterval: ({ state }) => (state.status === "error" ? false : READ_AGAIN_MS),
  });
}

/** After a change of a key: reads again whatever told of it. */
export function useKeyChanged(organizationId: string): () => void {
  const cache = useQueryClient();
  return () => {
    for (const name of ["key", "keys", "limits", "audit", "plan"]) void cache.invalidateQueries({ queryKey: [name, organizationId] });
  };
}
