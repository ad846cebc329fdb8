/** Revoking a key for good. If it was used recently, its name must be typed, so that a slip does not stop a running application. */
import type { ApiKey } from "@keyward/sdk";
import { client } from "../../app/client.ts";
import { Confirm } from "../../app/confirm.tsx";
import { useRefresh } from "../../app/refresh.ts";
import { usePlatform } from "../../app/session.ts";
import { announce } from "../../controls/announcer.tsx";
import { nameOf } from "../key-name.ts";
import { useFreshKey, useKeyUsage } from "./fresh-key.ts";
import { useNoticeGone } from "./gone.ts";
import { requestCount, wasUsedWithin } from "./recent-use.ts";
import { RecentUse } from "./recent-use-line.tsx";

export function RevokeDialog({ organizationId, apiKey, onClose }: { organizationId: string; apiKey: ApiKey; onClose: () => void }) {
  const { revoke: action } = usePlatform().dashboard.words;
  const key = useFreshKey(organizationId, apiKey);
  const isUsed = useIsInUse(organizationId, key);
  const revoke = useRevoking(organizationId, key);
  return (
    <Confirm
      title={`${action} ${nameOf(key)}?`}
      description="This is permanent and immediate. Any applications using this key will stop working."
      action={action}
      typed={isUsed ? nameOf(key) : undefined}
      onConfirm={revoke}
      onClose={onClose}
    >
      <RecentUse organizationId={organizationId} apiKey={key} period="7d" />
    </Confirm>
  );
}

function useIsInUse(organizationId: string, { id, lastUsedAt }: ApiKey): boolean {
  const { data } = useKeyUsage(organizationId, id, "7d");
  return wasUsedWithin(7, lastUsedAt, Date.now()) || (data !== undefined && requestCount(data.totals) > 0);
}

function useRevoking(organizationId: string, { id }: ApiKey): () => Promise<void> {
  const refresh = useRefresh("keys", organizationId);
  const noticeGone = useNoticeGone(organizationId);
  return async () => {
    try {
      await client.keys.revoke(organizationId, id);
      announce("Done. The key no longer works.");
      void refresh();
    } catch (error) {
      if (!noticeGone(error)) throw error;
    }
  };
}
