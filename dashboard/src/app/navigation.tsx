/** Links to the pages: a column at the side, or on narrow windows a row above the page. */
import { createLink, useRouterState } from "@tanstack/react-router";
import { type ComponentProps, type ReactNode, useEffect, useRef } from "react";
import { Icon, type IconName } from "../controls/icon.tsx";
import { TITLES } from "../words/titles.ts";
import { useSession } from "./session.ts";

export function Navigation({ current }: { current: string | undefined }) {
  const { isOperator } = useSession();
  const row = useCurrentInSight();
  return (
    <nav
      ref={row}
      aria-label="Sections"
      className="relative flex shrink-0 gap-1 overflow-x-auto border-b border-line bg-surface px-1 py-1.5 sm:px-3 sm:py-2 lg:sticky lg:top-14 lg:h-[calc(100dvh-3.5rem)] lg:w-52 lg:flex-col lg:overflow-y-auto lg:border-b-0 lg:bg-transparent lg:px-3 lg:py-6"
    >
      {current !== undefined && <OrganizationLinks organizationId={current} />}
      {isOperator && (
        <Section title="Operator">
          <Entry icon="building" to="/keyward/organizations">
            {TITLES.organizations}
          </Entry>
          <Entry icon="server" to="/keyward/service-tokens">
            {TITLES.serviceTokens}
          </Entry>
          <Entry icon="nodes" to="/keyward/nodes">
            {TITLES.nodes}
          </Entry>
        </Section>
      )}
    </nav>
  );
}

/** Scrolls the row so that the link of the current page is visible. */
function useCurrentInSight() {
  const row = useRef<HTMLElement>(null);
  const address = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  useEffect(() => {
    if (address !== undefined) row.current?.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [address]);
  return row;
}

function OrganizationLinks({ organizationId }: { organizationId: string }) {
  const params = { organizationId };
  return (
    <Section title="Settings">
      <Entry icon="key" to="/org/$organizationId/settings/api-keys" params={params} search={{}}>
        {TITLES.keys}
      </Entry>
      <Entry icon="people" to="/org/$organizationId/settings/members" params={params}>
        {TITLES.members}
      </Entry>
      <Entry icon="gauge" to="/org/$organizationId/settings/plan" params={params}>
        {TITLES.plan}
      </Entry>
      <Entry icon="list" to="/org/$organizationId/settings/audit-log" params={params} search={{}}>
        {TITLES.auditLog}
      </Entry>
      <Entry icon="gear" to="/org/$organizationId/settings/general" params={params}>
        {TITLES.general}
      </Entry>
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex gap-1 max-sm:grow lg:mb-5 lg:flex-col">
      <h2 className="px-2.5 pb-1 text-xs font-medium text-ink-faint max-lg:sr-only">{title}</h2>
      {children}
    </div>
  );
}

const Entry = createLink(function EntryAnchor({ icon, children, ...anchor }: ComponentProps<"a"> & { icon: IconName }) {
  return (
    <a
      {...anchor}
      className="flex min-h-9 items-center gap-2.5 rounded-lg px-2.5 py-1.5 whitespace-nowrap max-sm:grow max-sm:flex-col max-sm:gap-0.5 max-sm:px-1 max-sm:text-[0.6875rem] text-ink-soft hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent"
    >
      <Icon name={icon} />
      {children}
    </a>
  );
});
