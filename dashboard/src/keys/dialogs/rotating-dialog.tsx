/** A key that already has a successor: how long the old one works, and whether it is still used. */
import type { ApiKey } from "@keyward/sdk";
import { Link } from "@tanstack/react-router";
import { Button, buttonClass } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { dateInWords, timeLeft } from "../../words/time.ts";
import { nameOf } from "../key-name.ts";
import { RecentUse } from "./recent-use-line.tsx";

export function RotatingDialog({ organizationId, apiKey, onClose }: { organizationId: string; apiKey: ApiKey; onClose: () => void }) {
  const { successorId, expiresAt } = apiKey;
  if (successorId === null) return null;
  return (
    <Dialog title={`${nameOf(apiKey)} has a successor`} onClose={onClose}>
      <div className="space-y-3">
        <p>{expiresAt === null ? "The old key and the new one both work." : endInWords(expiresAt, Date.now())}</p>
        <RecentUse organizationId={organizationId} apiKey={apiKey} period="24h" />
      </div>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
        <Link
          to="/org/$organizationId/settings/api-keys/$keyId"
          params={{ organizationId, keyId: successorId }}
          onClick={onClose}
          className={buttonClass("primary")}
        >
          Go to the new key
        </Link>
      </DialogActions>
    </Dialog>
  );
}

function endInWords(expiresAt: string, now: number): string {
  if (Date.parse(expiresAt) <= now) return "The old key has stopped working; the new one has taken its place.";
  return `Both keys work for ${timeLeft(expiresAt, now)} more: the old one stops on ${dateInWords(new Date(expiresAt))}.`;
}
