/** Signing in, signing out, and becoming somebody else: what is read again, and what is forgotten. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { announce } from "../controls/announcer.tsx";
import { isSignedOut, sentenceOf } from "../words/failure.ts";
import { sessionQuery } from "./session.ts";

/** Drops everything read in somebody else's name. The session and the platform stay, because the current screen depends on them. */
function forgetOthersData(cache: QueryClient): void {
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "platform" && queryKey[0] !== "session" });
}

/** After signing in: reads the session again and forgets everything else. The old session stays until the new one has been read. */
export function useEntering(): () => Promise<unknown> {
  const cache = useQueryClient();
  return async () => {
    await cache.cancelQueries();
    forgetOthersData(cache);
    return cache.fetchQuery({ ...sessionQuery, staleTime: 0 });
  };
}

/** Ends a session with `end`, then goes to the sign-in page and forgets everything that was read. */
export function useSigningOut(): (end: () => Promise<unknown>) => void {
  const cache = useQueryClient();
  const router = useRouter();
  const leave = async () => {
    await cache.cancelQueries();
    await cache.fetchQuery({ ...sessionQuery, staleTime: 0 });
    await router.navigate({ to: "/keyward/sign-in", search: {} });
    // Only after leaving: the old screen would read its data again and find the session ended.
    forgetOthersData(cache);
  };
  return (end) => {
    end()
      // A session that has already ended, perhaps in another tab, is fine.
      .catch((error) => (isSignedOut(error) ? undefined : Promise.reject(error)))
      .then(leave)
      .catch((error) => announce(sentenceOf(error)));
  };
}
