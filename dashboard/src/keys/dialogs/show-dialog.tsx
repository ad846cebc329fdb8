/** Showing a sealed key again. It asks first, because each showing is recorded, and the shown key lives in this dialog alone. */
import type { ApiKey } from "@keyward/sdk";
import { client } from "../../app/client.ts";
import { useRefresh } from "../../app/refresh.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { Fault } from "../../controls/states.tsx";
import { SecretField } from "../../secrets/secret-field.tsx";
import { nameOf } from "../key-name.ts";
import { useNoticeGone } from "./gone.ts";

export function ShowDialog({ organizationId, apiKey, onClose }: { organizationId: string; apiKey: ApiKey; onClose: () => void }) {
  const { isBusy, error, result: shown, attempt: show } = useShowing(organizationId, apiKey, onClose);
  return (
    <Dialog
      wide={shown !== undefined}
      title={`Show key ${nameOf(apiKey)}`}
      description="Each showing is written to the audit log."
      onClose={onClose}
    >
      {shown !== undefined && <SecretField isMain label="Key" text={shown} what="Key" />}
      {error !== undefined && <Fault error={error} />}
      <DialogActions>
        <Button onClick={onClose}>{shown === undefined ? "Cancel" : "Hide and close"}</Button>
        {shown === undefined && (
          <Button look="primary" busy={isBusy} onClick={() => show()}>
            Show key
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

function useShowing(organizationId: string, { id }: ApiKey, onClose: () => void) {
  const noticeGone = useNoticeGone(organizationId);
  const refresh = useRefresh("keys", organizationId);
  return useAttempt(async () => {
    try {
      const { key } = await client.keys.show(organizationId, id);
      announce("The key is shown.");
      // The audit log has a new event.
      void refresh();
      return key;
    } catch (error) {
      if (noticeGone(error)) onClose();
      throw error;
    }
  });
}
