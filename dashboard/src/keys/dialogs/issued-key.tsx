/** A key that was just created: its secret, or what to do when the response that had the secret was lost. */
import type { IssuedApiKey } from "@keyward/sdk";
import { type ReactNode, useEffect } from "react";
import { client } from "../../app/client.ts";
import { serverUrl } from "../../app/place.ts";
import { useRefresh } from "../../app/refresh.ts";
import { usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { Fault } from "../../controls/states.tsx";
import { ShownOnce } from "../../secrets/shown-once.tsx";
import { keySamples } from "../../words/samples.ts";
import { secretOf } from "../../words/secret.ts";
import { nameOf } from "../key-name.ts";
import { useIssuing } from "./issuing.ts";

interface IssuedKeyProps {
  organizationId: string;
  issued: IssuedApiKey;
  onClose: () => void;
  children?: ReactNode;
}

/** The lists are read again when this closes, however it closes. */
export function IssuedKey({ organizationId, issued, onClose, children }: IssuedKeyProps) {
  const platform = usePlatform();
  const refresh = useRefresh("keys", organizationId);
  useEffect(() => () => void refresh(), [refresh]);
  const secret = secretOf(issued);
  if (secret === undefined) return <UnseenKey organizationId={organizationId} unseen={issued} onClose={onClose} />;
  return (
    <ShownOnce
      title="Save your key"
      what="key"
      secret={secret}
      samples={keySamples(platform, secret, serverUrl)}
      isKept={platform.sealsKeys}
      onStored={onClose}
    >
      {children}
    </ShownOnce>
  );
}

/** The connection broke after the key was created, and a repeated request does not get the secret again. */
function UnseenKey({ organizationId, unseen, onClose }: { organizationId: string; unseen: IssuedApiKey; onClose: () => void }) {
  const { sealsKeys } = usePlatform();
  const recover = sealsKeys ? showAgain : replace;
  const { isBusy, error, issued, issue } = useIssuing((key: IssuedApiKey, idempotencyKey) => recover(organizationId, key, idempotencyKey));
  if (issued !== undefined) return <IssuedKey organizationId={organizationId} issued={issued} onClose={onClose} />;
  const close = () => !isBusy && onClose();
  return (
    <Dialog title="The key was created, but you have not seen it" onClose={close}>
      <div className="space-y-3">
        <p>
          The connection broke after Keyward created <strong className="break-all">{nameOf(unseen)}</strong>. Nobody has seen its secret.
        </p>
        <p className="text-ink-soft">
          {sealsKeys ? "It can be shown now." : "Replace it with a key that you can store. The unseen key stops working."}
        </p>
        {error !== undefined && <Fault error={error} />}
      </div>
      <DialogActions>
        <Button onClick={close} disabled={isBusy}>
          Close
        </Button>
        <Button look="primary" busy={isBusy} onClick={() => issue(unseen)}>
          {sealsKeys ? "Show key" : "Replace it"}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

async function showAgain(organizationId: string, unseen: IssuedApiKey): Promise<IssuedApiKey> {
  const { key } = await client.keys.show(organizationId, unseen.id);
  return { ...unseen, key };
}

/** A successor with the same settings. The unseen key stops working with the rotation; revoking it only tidies the list, so a failure is ignored. */
async function replace(organizationId: string, unseen: IssuedApiKey, idempotencyKey: string): Promise<IssuedApiKey> {
  const successor = await client.keys.rotate(organizationId, unseen.id, { overlap: "0s" }, { idempotencyKey });
  await client.keys.revoke(organizationId, unseen.id).catch(() => undefined);
  return successor;
}
