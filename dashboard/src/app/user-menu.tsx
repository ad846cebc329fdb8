/** The menu of the signed-in person: account, keys, appearance, signing out. */
import { Menu, MenuChoices, MenuGroup, MenuItem, MenuLine, MenuLink } from "../controls/menu.tsx";
import { TITLES } from "../words/titles.ts";
import { client } from "./client.ts";
import { useSession } from "./session.ts";
import { useSigningOut } from "./session-change.ts";
import { chooseTheme, THEME_NAMES, THEMES, type Theme, useTheme } from "./theme.ts";

const THEME_CHOICES = THEMES.map((value) => ({ value, label: THEME_NAMES[value] }));

export function UserMenu({ current }: { current: string | undefined }) {
  const { user } = useSession();
  const theme = useTheme();
  const leave = useSigningOut();
  return (
    <Menu trigger={<UserButton name={user?.name ?? "Account"} />}>
      <p className="max-w-64 px-2.5 py-1.5">
        <span className="block truncate font-medium">{user?.name}</span>
        <span className="block truncate text-xs text-ink-soft">{user?.email}</span>
      </p>
      <MenuLine />
      {current !== undefined && (
        <MenuLink to="/org/$organizationId/settings/api-keys" params={{ organizationId: current }} search={{}}>
          {TITLES.keys}
        </MenuLink>
      )}
      <MenuLink to="/keyward/account">{TITLES.account}</MenuLink>
      <MenuLine />
      <MenuGroup label="Appearance">
        <MenuChoices value={theme} choices={THEME_CHOICES} onChoose={(chosen) => chooseTheme(chosen as Theme)} />
      </MenuGroup>
      <MenuLine />
      <MenuItem onClick={() => leave(() => client.session.end())}>Sign out</MenuItem>
      <MenuItem onClick={() => leave(() => client.session.endAll())}>Sign out everywhere</MenuItem>
    </Menu>
  );
}

function UserButton({ name, ...rest }: { name: string }) {
  return (
    <button
      {...rest}
      type="button"
      className="grid size-9 place-items-center rounded-full bg-accent-soft font-semibold text-accent hover:ring-2 hover:ring-line-strong"
    >
      <span aria-hidden="true">{initials(name)}</span>
      <span className="sr-only">Account of {name}</span>
    </button>
  );
}

/** Initials of the first and last word. Avatars are on other hosts, which the dashboard never contacts. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const [first = "", last = ""] = [words[0], words.length > 1 ? words.at(-1) : ""];
  return `${[...first][0] ?? "?"}${[...last][0] ?? ""}`.toUpperCase();
}
