/** Which organization is looked at, and going to another. */
import { useNavigate } from "@tanstack/react-router";
import { Icon } from "../controls/icon.tsx";
import { Menu, MenuChoices, MenuGroup, MenuLine, MenuLink } from "../controls/menu.tsx";
import { useOrganizationName } from "./organization.ts";
import { useSession } from "./session.ts";

export function OrganizationMenu({ current }: { current: string }) {
  const { organizations, isOperator } = useSession();
  const navigate = useNavigate();
  const go = (organizationId: string) =>
    void navigate({ to: "/org/$organizationId/settings/api-keys", params: { organizationId }, search: {} });
  return (
    <Menu align="start" trigger={<OrganizationButton current={current} />}>
      {organizations.length > 0 && (
        <MenuGroup label="Organizations">
          <MenuChoices value={current} onChoose={go} choices={organizations.map(({ id, name }) => ({ value: id, label: name }))} />
        </MenuGroup>
      )}
      {isOperator && organizations.length > 0 && <MenuLine />}
      {isOperator && <MenuLink to="/keyward/organizations">All organizations</MenuLink>}
    </Menu>
  );
}

function OrganizationButton({ current, ...rest }: { current: string }) {
  const name = useOrganizationName(current) ?? "Organization";
  return (
    <button
      {...rest}
      type="button"
      aria-label={`Organization ${name}, change it`}
      className="flex min-h-9 min-w-0 items-center gap-1.5 rounded-lg px-2 font-medium hover:bg-sunken"
    >
      <span className="max-w-44 truncate sm:max-w-72">{name}</span>
      <Icon name="updown" className="size-4 text-ink-faint" />
    </button>
  );
}
