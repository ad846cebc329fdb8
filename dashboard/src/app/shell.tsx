/** The frame around every page of a signed-in person. */
import { Outlet, useParams } from "@tanstack/react-router";
import { Suspense, useEffect } from "react";
import { Icon } from "../controls/icon.tsx";
import { Loading } from "../controls/states.tsx";
import { Navigation } from "./navigation.tsx";
import { firstOrganization, rememberOrganization } from "./organization.ts";
import { OrganizationMenu } from "./organization-menu.tsx";
import { usePlatform, useSession } from "./session.ts";
import { UserMenu } from "./user-menu.tsx";

/** The organization in the address, or else the one shown last. */
function useCurrentOrganization(): string | undefined {
  const { organizationId } = useParams({ strict: false });
  const session = useSession();
  return organizationId ?? firstOrganization(session);
}

export function Shell() {
  const { title } = usePlatform();
  const { organizationId } = useParams({ strict: false });
  const current = useCurrentOrganization();
  useEffect(() => {
    if (organizationId !== undefined) rememberOrganization(organizationId);
  }, [organizationId]);
  return (
    <div className="flex min-h-dvh flex-col">
      <SkipLink />
      <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-surface px-3 sm:px-5">
        <span className="flex items-center gap-2 pr-1 font-semibold">
          <span className="grid size-7 place-items-center rounded-lg bg-accent text-accent-ink">
            <Icon name="key" />
          </span>
          <span className="max-sm:sr-only">{title}</span>
        </span>
        {current !== undefined && (
          <>
            <span aria-hidden="true" className="text-line-strong">
              /
            </span>
            <OrganizationMenu current={current} />
          </>
        )}
        <span className="grow" />
        <UserMenu current={current} />
      </header>
      <div className="flex grow flex-col lg:flex-row">
        <Navigation current={current} />
        <main id="content" tabIndex={-1} className="min-w-0 grow border-line outline-none lg:border-l">
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  );
}

/** A button, because a link to `#content` would be relative to `<base>`. */
function SkipLink() {
  return (
    <button
      type="button"
      className="sr-only z-50 rounded-lg bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      onClick={() => document.getElementById("content")?.focus()}
    >
      Skip to the content
    </button>
  );
}
