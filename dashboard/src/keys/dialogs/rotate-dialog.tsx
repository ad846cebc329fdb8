/** Rotation: a key gets a successor, and both work until the overlap ends. */
import type { ApiKey } from "@keyward/sdk";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { SelectField } from "../../controls/field.tsx";
import { Fault } from "../../controls/states.tsx";
import { Time } from "../../controls/time.tsx";
import { nameOf } from "../key-name.ts";
import { useFreshKey, usePredecessor } from "./fresh-key.ts";
import { useNoticeGone } from "./gone.ts";
import { IssuedKey } from "./issued-key.tsx";
import { useIssuing } from "./issuing.ts";
import { endingInWords, OVERLAP_DEFAULT, OVERLAPS, type Overlap, overlapInWords } from "./overlap.ts";
import { wasUsedWithin } from "./recent-use.ts";
import { RotatingDialog } from "./rotating-dialog.tsx";

export function RotateDialog({ organizationId, apiKey, onClose }: { organizationId: string; apiKey: ApiKey; onClose: () => void }) {
  const key = useFreshKey(organizationId, apiKey);
  const [overlap, setOverlap] = useState<Overlap>(OVERLAP_DEFAULT);
  const { isBusy, error, issued, issue } = useRotating(organizationId, apiKey, onClose);
  const ending = useEnding(organizationId, key);
  const words = overlapInWords(overlap, key.expiresAt, Date.now());
  if (issued !== undefined)
    return (
      <IssuedKey organizationId={organizationId} issued={issued} onClose={onClose}>
        <p>Use the new key in your applications. {words}</p>
      </IssuedKey>
    );
  if (key.successorId !== null) return <RotatingDialog organizationId={organizationId} apiKey={key} onClose={onClose} />;
  const close = () => !isBusy && onClose();
  return (
    <Dialog
      title={`Rotate ${nameOf(key)}`}
      description="A new key with the same settings takes its place. Both work until the old one stops, so nothing is interrupted."
      onClose={close}
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          issue({ overlap });
        }}
      >
        <SelectField
          label="The old key stops working"
          choices={OVERLAPS}
          value={overlap}
          onChange={(event) => setOverlap(event.target.value as Overlap)}
          help={<span aria-live="polite">{words}</span>}
        />
        {ending !== undefined && (
          <p role="alert" className="rounded-lg bg-warn-soft px-3 py-2 text-warn">
            {ending}
          </p>
        )}
        {overlap === "0s" && wasUsedWithin(1, key.lastUsedAt, Date.now()) && (
          <p role="alert" className="rounded-lg bg-warn-soft px-3 py-2 text-warn">
            This key was used <Time at={key.lastUsedAt} />. Applications that still use it will fail until they have the new one.
          </p>
        )}
        {error !== undefined && <Fault error={error} />}
        <DialogActions>
          <Button onClick={close} disabled={isBusy}>
            Cancel
          </Button>
          <Button type="submit" look="primary" busy={isBusy}>
            Rotate
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** A warning that rotating ends the previous key at once, if that key still works. */
function useEnding(organizationId: string, key: ApiKey): string | undefined {
  const { data, isError } = usePredecessor(organizationId, key);
  return data === undefined && !isError ? undefined : endingInWords(data, Date.now());
}

function useRotating(organizationId: string, { id }: ApiKey, onClose: () => void) {
  const noticeGone = useNoticeGone(organizationId);
  return useIssuing(async (chosen: { overlap: Overlap }, idempotencyKey) => {
    try {
      return await client.keys.rotate(organizationId, id, chosen, { idempotencyKey });
    } catch (error) {
      if (noticeGone(error)) onClose();
      throw error;
    }
  });
}
