/** The actions in a row: revoke as a button, the rest in a menu. */
import type { ApiKey } from "@keyward/sdk";
import { usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { Icon } from "../../controls/icon.tsx";
import { Menu, MenuItem, MenuLink } from "../../controls/menu.tsx";
import { useIsNarrow } from "../../controls/use-is-narrow.ts";
import type { KeyDialog } from "../../keys/dialogs/key-dialog.ts";
import { nameOf } from "../../keys/key-name.ts";
import { offeredFor } from "../../keys/offered.ts";

interface RowActionsProps {
  organizationId: string;
  apiKey: ApiKey;
  open: (dialog: KeyDialog) => void;
}

export function RowActions({ organizationId, apiKey, open }: RowActionsProps) {
  const platform = usePlatform();
  const { words } = platform.dashboard;
  const offered = offeredFor(apiKey, platform);
  const name = nameOf(apiKey);
  const revoke = () => open({ kind: "revoke", key: apiKey });
  const isNarrow = useIsNarrow();
  return (
    <div className="flex items-center justify-end gap-1">
      {offered.show && (
        <Button look="quiet" className="max-lg:hidden" aria-label={`Show ${name}`} onClick={() => open({ kind: "show", key: apiKey })}>
          Show
        </Button>
      )}
      {offered.revoke && !isNarrow && (
        <Button look="quiet" className="hover:text-bad" aria-label={`${words.revoke} ${name}`} onClick={revoke}>
          {words.revoke}
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
        {offered.edit && <MenuItem onClick={() => open({ kind: "edit", key: apiKey })}>Edit</MenuItem>}
        {offered.rotate && <MenuItem onClick={() => open({ kind: "rotate", key: apiKey })}>Rotate</MenuItem>}
        {offered.show && <MenuItem onClick={() => open({ kind: "show", key: apiKey })}>Show key</MenuItem>}
        {offered.revoke && isNarrow && (
          <MenuItem danger onClick={revoke}>
            {words.revoke}
          </MenuItem>
        )}
      </Menu>
    </div>
  );
}
