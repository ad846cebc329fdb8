/** The key was made, but its secret never arrived: the connection broke, and a secret is answered once. */
import type { IssuedApiKey } from "@keyward/sdk";
import { client } from "../../app/client.ts";
import { usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { Fault } from "../../controls/states.tsx";
import { nameOf } from "../key-name.ts";
import { IssuedKey } from "./issued-key.tsx";
import { useIssuing } from "./issuing.ts";

export function LostAnswer({ organizationId, lost, onClose }: { organizationId: string; lost: IssuedApiKey; onClose: () => void }) {
  const { sealsKeys } = usePlatform();
  const recover = sealsKeys ? showAgain : replace;
  const { isBusy, error, issued, issue } = useIssuing((key: IssuedApiKey, idempotencyKey) => recover(organizationId, key, idempotencyKey));
  if (issued !== undefined) return <IssuedKey organizationId={organizationId} issued={issued} onClose={onClose} />;
  const close = () => !isBusy && onClose();
  return (
    <Dialog title="The key was made, but you have not seen it" onClose={close}>
      <div className="space-y-3">
        <p>
          The connection broke after Keyward had made <strong className="break-all">{nameOf(lost)}</strong>. Nobody has seen its secret.
        </p>
        <p className="text-ink-soft">
          {sealsKeys ? "It can be shown now." : "Replace it by a key that you can store; the unseen one stops working."}
        </p>
        {error !== undefined && <Fault error={error} />}
      </div>
      <DialogActions>
        <Button onClick={close} disabled={isBusy}>
          Close
        </Button>
        <Button look="primary" busy={isBusy} onClick={() => void issue(lost)}>
          {sealsKeys ? "Show key" : "Replace it"}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

async function showAgain(organizationId: string, lost: IssuedApiKey): Promise<IssuedApiKey> {
  const { key } = await client.keys.show(organizationId, lost.id);
  return { ...lost, key };
}

/** A successor with the same settings takes its place; then it is tidied away, and that this fails now and then does no harm: it has ended. */
async function replace(organizationId: string, lost: IssuedApiKey, idempotencyKey: string): Promise<IssuedApiKey> {
  const successor = await client.keys.rotate(organizationId, lost.id, { overlap: "0s" }, { idempotencyKey });
  await client.keys.revoke(organizationId, lost.id).catch(() => undefined);
  return successor;
}
