/** Linking a key that was created outside the dashboard. The pasted key lives in this dialog alone. */
import { useState } from "react";
import { client } from "../../app/client.ts";
import { useRefresh } from "../../app/refresh.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { HiddenInput } from "../../controls/hidden-input.tsx";
import { sentenceOf } from "../../words/failure.ts";
import { nameOf } from "../key-name.ts";

export function ClaimDialog({ organizationId, onClose }: { organizationId: string; onClose: () => void }) {
  const [pasted, setPasted] = useState("");
  const key = pasted.trim();
  const refresh = useRefresh("keys", organizationId);
  const { isBusy, error, attempt } = useAttempt(async () => {
    const linked = await client.keys.claim(organizationId, key);
    announce(`${nameOf(linked)} is linked to this organization.`);
    void refresh();
    onClose();
  });
  return (
    <Dialog
      title="Link existing key"
      description="Paste a key that was created outside the dashboard. It then appears in your list and counts toward your plan's key limit."
      onClose={onClose}
    >
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          if (key !== "") attempt();
        }}
      >
        <HiddenInput label="Key" value={pasted} onChange={setPasted} fault={error === undefined ? undefined : sentenceOf(error)} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={isBusy} disabled={key === ""}>
            Link key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
