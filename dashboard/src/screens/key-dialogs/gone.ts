/** A key that somebody has removed while a dialog about it was open. */
import { isNotFound } from "../../app/failure.ts";
import { announce } from "../../controls/announcer.tsx";
import { useRefreshKeys } from "./refresh.ts";

/** Says so and reads the list again, if that is what the error tells; answers whether it was. */
export function useNoticeGone(organizationId: string): (error: unknown) => boolean {
  const refresh = useRefreshKeys(organizationId);
  return (error) => {
    if (!isNotFound(error)) return false;
    announce("This key has been removed in the meantime.");
    refresh();
    return true;
  };
}
