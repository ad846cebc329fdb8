/** Which address shows which screen. The code of a screen is loaded when somebody goes there. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { onSignedOut, queryClient } from "./app/client.ts";
import { firstOrganization } from "./app/organization.ts";
import { basePath, currentPlace, placeToReturnTo } from "./app/place.ts";
import { platformQuery, sessionQuery } from "./app/session.ts";
import { Shell } from "./app/shell.tsx";
import { ButtonLink } from "./controls/button.tsx";
import { BlankPage, Failed, Loading } from "./controls/states.tsx";
import { withoutSecrets } from "./keys/secret-pattern.ts";
import { readAuditSearch } from "./screens/audit-log/search.ts";
import { listQuery } from "./screens/key-list/keys-query.ts";
import { readKeysSearch } from "./screens/key-list/search.ts";
import { readKeySearch } from "./screens/key-page/search.ts";

const root = createRootRoute({ component: Outlet, notFoundComponent: NoSuchPage });

/** What every page needs before it is shown. */
const readBasics = () => Promise.all([queryClient.ensureQueryData(sessionQuery), queryClient.ensureQueryData(platformQuery)]);

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/keyward/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string; error?: string } => ({
    ...(typeof search.next === "string" && { next: search.next }),
    ...(typeof search.error === "string" && { error: search.error }),
  }),
  beforeLoad: readBasics,
  component: lazyRouteComponent(() => import("./screens/sign-in/sign-in-screen.tsx"), "SignInScreen"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/keyward/invitation",
  beforeLoad: readBasics,
  component: lazyRouteComponent(() => import("./screens/sign-in/invitation/invitation-screen.tsx"), "InvitationScreen"),
});

async function signInFirst() {
  const [session] = await readBasics();
  if (session.user !== null) return;
  const next = currentPlace();
  throw redirect({ to: "/keyward/sign-in", search: next === "/keyward/" || next === "/keyward" ? {} : { next } });
}

/** Without the menus: whoever lets a terminal in has nothing else to do here. */
const device = createRoute({
  getParentRoute: () => root,
  path: "/keyward/device",
  validateSearch: (search: Record<string, unknown>): { code?: string } => (typeof search.code === "string" ? { code: search.code } : {}),
  beforeLoad: signInFirst,
  component: lazyRouteComponent(() => import("./screens/sign-in/device/device-screen.tsx"), "DeviceScreen"),
});

/** Pages for people who are signed in. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: signInFirst,
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => signedIn,
  path: "/keyward",
  beforeLoad: async () => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    const organizationId = firstOrganization(session);
    if (organizationId !== undefined) throw redirect({ to: "/org/$organizationId/settings/api-keys", params: { organizationId } });
    if (session.isOperator) throw redirect({ to: "/keyward/organizations" });
  },
  component: lazyRouteComponent(() => import("./screens/organizations/no-organization.tsx"), "NoOrganization"),
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: "/keyward/account",
  component: lazyRouteComponent(() => import("./screens/account/account-screen.tsx"), "AccountScreen"),
});

const organizations = createRoute({
  getParentRoute: () => signedIn,
  path: "/keyward/organizations",
  component: lazyRouteComponent(() => import("./screens/organizations/organizations-screen.tsx"), "OrganizationsScreen"),
});

const serviceTokens = createRoute({
  getParentRoute: () => signedIn,
  path: "/keyward/service-tokens",
  component: lazyRouteComponent(() => import("./screens/service-tokens/service-tokens-screen.tsx"), "ServiceTokensScreen"),
});

const nodes = createRoute({
  getParentRoute: () => signedIn,
  path: "/keyward/nodes",
  component: lazyRouteComponent(() => import("./screens/nodes/nodes-screen.tsx"), "NodesScreen"),
});

/** Redirects at once from an address that contains a key: the address would be sent to servers and stay in the history. */
async function leaveSecrets({ search, params: { organizationId } }: { search: object; params: { organizationId: string } }, to: ListPath) {
  const safe = withoutSecrets(search, await queryClient.ensureQueryData(platformQuery));
  if (Object.keys(safe).length < Object.keys(search).length)
    throw redirect({ to, params: { organizationId }, search: safe, replace: true });
}

type ListPath = "/org/$organizationId/settings/api-keys" | "/org/$organizationId/settings/audit-log";

const loadKeysScreen = () => import("./screens/key-list/keys-screen.tsx");
// Most people start at the list. Its code is loaded while the server says who is signed in, and its rows while the code is parsed.
if (/\/(?:api-keys|keyward)\/?$/.test(window.location.pathname)) void loadKeysScreen();

const keys = createRoute({
  getParentRoute: () => signedIn,
  path: "/org/$organizationId/settings/api-keys",
  validateSearch: readKeysSearch,
  beforeLoad: (match) => leaveSecrets(match, "/org/$organizationId/settings/api-keys"),
  loaderDeps: ({ search: { search, status, environment, sort } }) => ({ search, status, environment, sort }),
  loader: ({ params, deps }) => void queryClient.prefetchInfiniteQuery(listQuery(params.organizationId, deps)),
  component: lazyRouteComponent(loadKeysScreen, "KeysScreen"),
});

const key = createRoute({
  getParentRoute: () => signedIn,
  path: "/org/$organizationId/settings/api-keys/$keyId",
  validateSearch: readKeySearch,
  component: lazyRouteComponent(() => import("./screens/key-page/key-screen.tsx"), "KeyScreen"),
});

const members = createRoute({
  getParentRoute: () => signedIn,
  path: "/org/$organizationId/settings/members",
  component: lazyRouteComponent(() => import("./screens/members/members-screen.tsx"), "MembersScreen"),
});

const plan = createRoute({
  getParentRoute: () => signedIn,
  path: "/org/$organizationId/settings/plan",
  component: lazyRouteComponent(() => import("./screens/plan/plan-screen.tsx"), "PlanScreen"),
});

const auditLog = createRoute({
  getParentRoute: () => signedIn,
  path: "/org/$organizationId/settings/audit-log",
  validateSearch: readAuditSearch,
  beforeLoad: (match) => leaveSecrets(match, "/org/$organizationId/settings/audit-log"),
  component: lazyRouteComponent(() => import("./screens/audit-log/audit-log-screen.tsx"), "AuditLogScreen"),
});

const general = createRoute({
  getParentRoute: () => signedIn,
  path: "/org/$organizationId/settings/general",
  component: lazyRouteComponent(() => import("./screens/settings/settings-screen.tsx"), "SettingsScreen"),
});

/** Addresses that people get by shortening one by hand. */
const shortened = (["/org/$organizationId", "/org/$organizationId/settings"] as const).map((path) =>
  createRoute({
    getParentRoute: () => signedIn,
    path,
    beforeLoad: ({ params }) => {
      throw redirect({ to: "/org/$organizationId/settings/api-keys", params });
    },
  }),
);

const anyOrganization = createRoute({
  getParentRoute: () => signedIn,
  path: "/org",
  beforeLoad: () => {
    throw redirect({ to: "/keyward" });
  },
});

const routeTree = root.addChildren([
  signIn,
  device,
  invitation,
  signedIn.addChildren([
    home,
    account,
    organizations,
    serviceTokens,
    nodes,
    keys,
    key,
    members,
    plan,
    auditLog,
    general,
    anyOrganization,
    ...shortened,
  ]),
]);

export const router = createRouter({
  routeTree,
  basepath: basePath,
  // The server distinguishes case too.
  caseSensitive: true,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error, reset }) => <Failed isPage error={error} retry={reset} />,
});

// When any call finds the session ended: sign in again, then return to the same place.
onSignedOut(() => {
  if (router.state.location.pathname.startsWith("/keyward/sign-in")) return;
  queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
  void router.navigate({ to: "/keyward/sign-in", search: { next: placeToReturnTo(), error: "session_ended" } });
});

function NoSuchPage() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <BlankPage icon="search" title="Page not found" text="The address may be wrong, or the page has been removed.">
        <ButtonLink to="/keyward" look="primary">
          Go to your API keys
        </ButtonLink>
      </BlankPage>
    </main>
  );
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
