/** What is read again when keys of an organization have changed. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

const TOLD_BY = ["keys", "key", "plan", "limits", "audit"];

/** The promise is of what is in sight. */
export function useRefreshKeys(organizationId: string): () => Promise<unknown> {
  const cache = useQueryClient();
  return useCallback(
    () => Promise.all(TOLD_BY.map((what) => cache.invalidateQueries({ queryKey: [what, organizationId] }))),
    [cache, organizationId],
  );
}
