/** What is read again after a change in an organization. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

/** First parts of query keys; the second part is the organization's id. */
const READ_AGAIN = {
  keys: ["keys", "key", "plan", "limits", "audit"],
  // An invitation that disappears may have been accepted just now.
  members: ["members", "invitations", "audit"],
  plan: ["plan", "organization", "limits", "audit", "keys"],
} as const;

/** The returned function keeps its identity. Its promise resolves when what is on the screen has been read again. */
export function useRefresh(changed: keyof typeof READ_AGAIN, organizationId: string): () => Promise<unknown> {
  const cache = useQueryClient();
  return useCallback(
    () => Promise.all(READ_AGAIN[changed].map((name) => cache.invalidateQueries({ queryKey: [name, organizationId] }))),
    [cache, changed, organizationId],
  );
}
