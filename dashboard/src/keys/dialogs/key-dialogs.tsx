/** All dialogs about keys, in one component: a page loads them together when the first is opened. */
import { ClaimDialog } from "./claim-dialog.tsx";
import { CreateDialog } from "./create-dialog.tsx";
import { EditDialog } from "./edit-dialog.tsx";
import type { KeyDialog } from "./key-dialog.ts";
import type { Prefill } from "./prefill.ts";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { RotateDialog } from "./rotate-dialog.tsx";
import { ShowDialog } from "./show-dialog.tsx";

export interface KeyDialogsProps {
  organizationId: string;
  dialog: KeyDialog;
  /** The initial values of the form for a new key. */
  prefill?: Prefill | undefined;
  onClose: () => void;
}

const OF_ONE_KEY = { edit: EditDialog, rotate: RotateDialog, revoke: RevokeDialog, show: ShowDialog } as const;

export function KeyDialogs({ organizationId, dialog, prefill = {}, onClose }: KeyDialogsProps) {
  if (dialog.kind === "create") return <CreateDialog {...{ organizationId, prefill, onClose }} />;
  if (dialog.kind === "claim") return <ClaimDialog {...{ organizationId, onClose }} />;
  const OfOneKey = OF_ONE_KEY[dialog.kind];
  return <OfOneKey key={dialog.key.id} {...{ organizationId, onClose }} apiKey={dialog.key} />;
}
