/** The actions for the key of the page. */
import type { ApiKey } from "@keyward/sdk";
import { usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import type { KeyDialog } from "../../keys/dialogs/key-dialog.ts";
import { EnabledSwitch } from "../../keys/enabled-switch.tsx";
import { offeredFor } from "../../keys/offered.ts";

interface KeyActionsProps {
  organizationId: string;
  apiKey: ApiKey;
  open: (dialog: KeyDialog) => void;
}

export function KeyActions({ organizationId, apiKey, open }: KeyActionsProps) {
  const platform = usePlatform();
  const offered = offeredFor(apiKey, platform);
  return (
    <>
      {offered.toggle && (
        <span className="flex min-h-9 items-center gap-2 pr-1 sm:px-2">
          <span aria-hidden="true">{apiKey.enabled ? "Enabled" : "Disabled"}</span>
          <EnabledSwitch {...{ organizationId, apiKey }} />
        </span>
      )}
      {offered.show && <Button onClick={() => open({ kind: "show", key: apiKey })}>Show key</Button>}
      {offered.edit && <Button onClick={() => open({ kind: "edit", key: apiKey })}>Edit</Button>}
      {offered.rotate && apiKey.successorId === null && <Button onClick={() => open({ kind: "rotate", key: apiKey })}>Rotate</Button>}
      {offered.revoke && (
        <Button className="text-bad" onClick={() => open({ kind: "revoke", key: apiKey })}>
          {platform.dashboard.words.revoke}
        </Button>
      )}
    </>
  );
}
