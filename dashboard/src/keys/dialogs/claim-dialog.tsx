/** Linking a key that was made outside the dashboard. What is pasted stays in this dialog, and goes with it. */
import { useRef, useState } from "react";
import { client, noticeSignedOut } from "../../app/client.ts";
import { useRefreshKeys } from "../../app/refresh.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { HiddenInput } from "../../controls/hidden-input.tsx";
import { sentenceOf } from "../../words/failure.ts";
import { nameOf } from "../key-name.ts";

export function ClaimDialog({ organizationId, onClose }: { organizationId: string; onClose: () => void }) {
  const [pasted, setPasted] = useState("");
  const { isBusy, error, claim } = useClaiming(organizationId, onClose);
  return (
    <Dialog
      title="Link existing key"
      description="Paste a key that was made outside the dashboard. It then appears in your list and counts toward your plan's key limit."
      onClose={onClose}
    >
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          void claim(pasted.trim());
        }}
      >
        <HiddenInput label="Key" value={pasted} onChange={setPasted} fault={error === undefined ? undefined : sentenceOf(error)} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={isBusy} disabled={pasted.trim() === ""}>
            Link key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** Calls the client itself: the mutation cache would keep the key. */
function useClaiming(organizationId: string, onClose: () => void) {
  const [state, setState] = useState<{ isBusy: boolean; error?: unknown }>({ isBusy: false });
  const isBusy = useRef(false);
  const refresh = useRefreshKeys(organizationId);
  const claim = async (key: string) => {
    if (isBusy.current || key === "") return;
    isBusy.current = true;
    setState({ isBusy: true });
    try {
      const linked = await client.keys.claim(organizationId, key);
      announce(`${nameOf(linked)} is linked to this organization.`);
      void refresh();
      onClose();
    } catch (error) {
      noticeSignedOut(error);
      setState({ isBusy: false, error });
    } finally {
      isBusy.current = false;
    }
  };
  return { ...state, claim };
}
