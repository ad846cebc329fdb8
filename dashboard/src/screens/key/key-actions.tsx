/** What people can do with the key of the page. */
import type { ApiKey } from "@keyward/sdk";
import { usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import type { KeyDialog } from "../key-dialogs/key-dialog.ts";
import { EnabledSwitch } from "../keys/enabled-switch.tsx";

interface KeyActionsProps {
  organizationId: string;
  apiKey: ApiKey;
  open: (dialog: KeyDialog) => void;
}

export function KeyActions({ organizationId, apiKey, open }: KeyActionsProps) {
  const { dashboard, sealsKeys } = usePlatform();
  const { actions, words } = dashboard;
  const isOver = apiKey.status === "expired" || apiKey.status === "revoked";
  const mayRotate = actions.includes("rotate") && !isOver && apiKey.successorId === null;
  return (
    <>
      {actions.includes("toggle") && !isOver && (
        <span className="flex min-h-9 items-center gap-2 pr-1 sm:px-2">
          <span aria-hidden="true">{apiKey.enabled ? "Enabled" : "Disabled"}</span>
          <EnabledSwitch {...{ organizationId, apiKey }} />
        </span>
      )}
      {sealsKeys && !isOver && <Button onClick={() => open({ kind: "show", key: apiKey })}>Show key</Button>}
      {!isOver && <Button onClick={() => open({ kind: "edit", key: apiKey })}>Edit</Button>}
      {mayRotate && <Button onClick={() => open({ kind: "rotate", key: apiKey })}>Rotate</Button>}
      {actions.includes("revoke") && (
        <Button className="text-bad" onClick={() => open({ kind: "revoke", key: apiKey })}>
          {words.revoke}
        </Button>
      )}
    </>
  );
}
