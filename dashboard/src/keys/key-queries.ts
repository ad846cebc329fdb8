/** The record of one key. */
import { queryOptions } from "@tanstack/react-query";
import { client } from "../app/client.ts";

const READ_AGAIN_MS = 30_000;

/** Read again while the page is in sight, so that a change in another place is seen. */
export function keyQuery(organizationId: string, keyId: string) {
  return queryOptions({
    queryKey: ["key", organizationId, keyId],
    queryFn: ({ signal }) => client.keys.get(organizationId, keyId, { signal }),
    refetchInterval: ({ state }) => (state.status === "error" ? false : READ_AGAIN_MS),
  });
}
