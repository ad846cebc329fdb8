/** What is read again when keys of an organization have changed. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

export function useRefreshKeys(organizationId: string): () => void {
  const cache = useQueryClient();
  return useCallback(() => {
    for (const what of ["keys", "key", "plan", "usage", "audit"]) void cache.invalidateQueries({ queryKey: [what, organizationId] });
  }, [cache, organizationId]);
}
