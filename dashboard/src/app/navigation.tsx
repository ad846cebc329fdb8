/** Where one can go: a column at the side, or a row above the screen where it is narrow. */
import { createLink } from "@tanstack/react-router";
import type { ComponentProps, ReactNode } from "react";
import { Icon, type IconName } from "../controls/icon.tsx";
import { useSession } from "./session.ts";

export function Navigation({ current }: { current: string | undefined }) {
  const { isOperator } = useSession();
  return (
    <nav
      aria-label="Sections"
      className="relative flex shrink-0 gap-1 overflow-x-auto border-b border-line bg-surface px-3 py-2 md:sticky md:top-14 md:h-[calc(100dvh-3.5rem)] md:w-56 md:flex-col md:overflow-y-auto md:border-r md:border-b-0 md:bg-transparent md:px-4 md:py-6"
    >
      {current !== undefined && <OrganizationLinks organizationId={current} />}
      {isOperator && (
        <Section title="Operator">
          <Entry icon="building" to="/keyward/organizations">
            Organizations
          </Entry>
          <Entry icon="server" to="/keyward/service-tokens">
            Service tokens
          </Entry>
        </Section>
      )}
    </nav>
  );
}

function OrganizationLinks({ organizationId }: { organizationId: string }) {
  const params = { organizationId };
  return (
    <Section title="Settings">
      <Entry icon="key" to="/org/$organizationId/settings/api-keys" params={params} search={{}}>
        API Keys
      </Entry>
      <Entry icon="people" to="/org/$organizationId/settings/members" params={params}>
        Members
      </Entry>
      <Entry icon="gauge" to="/org/$organizationId/settings/plan" params={params}>
        Plan and limits
      </Entry>
      <Entry icon="list" to="/org/$organizationId/settings/audit-log" params={params} search={{}}>
        Audit log
      </Entry>
      <Entry icon="gear" to="/org/$organizationId/settings/general" params={params}>
        General
      </Entry>
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex gap-1 md:mb-5 md:flex-col">
      <h2 className="px-2.5 pb-1 text-xs font-medium text-ink-faint max-md:sr-only">{title}</h2>
      {children}
    </div>
  );
}

const Entry = createLink(function EntryAnchor({ icon, children, ...anchor }: ComponentProps<"a"> & { icon: IconName }) {
  return (
    <a
      {...anchor}
      className="flex min-h-9 items-center gap-2.5 rounded-lg px-2.5 py-1.5 whitespace-nowrap text-ink-soft hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent"
    >
      <Icon name={icon} />
      {children}
    </a>
  );
});
