/** A key that was removed while a dialog about it was open. */
import { KeywardError } from "@keyward/sdk";
import { useRefresh } from "../../app/refresh.ts";
import { announce } from "../../controls/announcer.tsx";
import { isNotFound } from "../../words/failure.ts";

/** If the error means that the key is gone, announces it, reads the lists again, and returns true. */
export function useNoticeGone(organizationId: string): (error: unknown) => boolean {
  const refresh = useRefresh("keys", organizationId);
  return (error) => {
    const words = wordsOf(error);
    if (words === undefined) return false;
    announce(words);
    void refresh();
    return true;
  };
}

function wordsOf(error: unknown): string | undefined {
  if (isNotFound(error)) return "This key has just been removed.";
  const isOver = error instanceof KeywardError && error.code === "key_not_active";
  return isOver ? "This key is no longer active. It was revoked or has expired." : undefined;
}
