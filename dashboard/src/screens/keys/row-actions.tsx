/** What can be done with a key, next to it: what takes it away in sight, the rest in a menu. */
import type { ApiKey } from "@keyward/sdk";
import { usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { Icon } from "../../controls/icon.tsx";
import { Menu, MenuItem, MenuLink } from "../../controls/menu.tsx";
import type { KeyDialog } from "../key-dialogs/key-dialog.ts";
import { nameOf } from "./key-name.ts";

interface RowActionsProps {
  organizationId: string;
  apiKey: ApiKey;
  open: (dialog: KeyDialog) => void;
}

export function RowActions({ organizationId, apiKey, open }: RowActionsProps) {
  const { dashboard, sealsKeys } = usePlatform();
  const { actions, words } = dashboard;
  const name = nameOf(apiKey);
  const isRevoked = apiKey.status === "revoked";
  const isInForce = apiKey.status === "active" || apiKey.status === "rotating";
  return (
    <div className="flex items-center justify-end gap-1">
      {sealsKeys && isInForce && (
        <Button look="quiet" className="max-lg:hidden" aria-label={`Show ${name}`} onClick={() => open({ kind: "show", key: apiKey })}>
          Show
        </Button>
      )}
      {actions.includes("revoke") && !isRevoked && (
        <Button
          look="quiet"
          className="max-sm:px-2 hover:text-bad"
          aria-label={`${words.revoke} ${name}`}
          onClick={() => open({ kind: "revoke", key: apiKey })}
        >
          <Icon name="trash" className="size-4 sm:hidden" />
          <span className="max-sm:hidden">{words.revoke}</span>
        </Button>
      )}
      <Menu
        trigger={
          <button
            type="button"
            aria-label={`More for ${name}`}
            className="grid size-9 place-items-center rounded-lg text-ink-soft hover:bg-sunken"
          >
            <Icon name="more" />
          </button>
        }
      >
        <MenuLink to="/org/$organizationId/settings/api-keys/$keyId" params={{ organizationId, keyId: apiKey.id }}>
          Usage and details
        </MenuLink>
        {!isRevoked && <MenuItem onClick={() => open({ kind: "edit", key: apiKey })}>Edit</MenuItem>}
        {actions.includes("rotate") && isInForce && <MenuItem onClick={() => open({ kind: "rotate", key: apiKey })}>Rotate</MenuItem>}
        {sealsKeys && isInForce && <MenuItem onClick={() => open({ kind: "show", key: apiKey })}>Show key</MenuItem>}
      </Menu>
    </div>
  );
}
