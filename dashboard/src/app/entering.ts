/** What follows when somebody has signed in. */
import { useQueryClient } from "@tanstack/react-query";
import { forgetOthersData, sessionQuery } from "./session.ts";

/**
 * Reads anew who is signed in. Nothing stays that was read before: it may have been read in somebody else's name. The old session
 * stays until the new one is there, because the screen stands on it.
 */
export function useEntering(): () => Promise<unknown> {
  const cache = useQueryClient();
  return async () => {
    await cache.cancelQueries();
    forgetOthersData(cache);
    return cache.fetchQuery({ ...sessionQuery, staleTime: 0 });
  };
}
