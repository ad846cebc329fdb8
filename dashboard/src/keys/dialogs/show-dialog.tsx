/** Showing a sealed key again: asks first, because each showing is remembered, and forgets the key when it closes. */
import type { ApiKey } from "@keyward/sdk";
import { useState } from "react";
import { client, noticeSignedOut } from "../../app/client.ts";
import { useRefreshKeys } from "../../app/refresh.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { Fault } from "../../controls/states.tsx";
import { SecretField } from "../../secrets/secret-field.tsx";
import { nameOf } from "../key-name.ts";
import { useNoticeGone } from "./gone.ts";

export function ShowDialog({ organizationId, apiKey, onClose }: { organizationId: string; apiKey: ApiKey; onClose: () => void }) {
  const { isBusy, error, shown, show } = useShowing(organizationId, apiKey, onClose);
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
          <Button look="primary" busy={isBusy} onClick={() => void show()}>
            Show key
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

/** Calls the client itself: the mutation cache would keep the key. */
function useShowing(organizationId: string, { id }: ApiKey, onClose: () => void) {
  const [state, setState] = useState<{ isBusy: boolean; error?: unknown; shown?: string }>({ isBusy: false });
  const noticeGone = useNoticeGone(organizationId);
  const refresh = useRefreshKeys(organizationId);
  const show = async () => {
    setState({ isBusy: true });
    try {
      const { key } = await client.keys.show(organizationId, id);
      setState({ isBusy: false, shown: key });
      announce("The key is shown.");
      // The audit log tells of it.
      void refresh();
    } catch (error) {
      noticeSignedOut(error);
      if (noticeGone(error)) onClose();
      else setState({ isBusy: false, error });
    }
  };
  return { ...state, show };
}
