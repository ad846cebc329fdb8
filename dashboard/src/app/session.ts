/** Who is signed in, and what the platform is like: asked once, and known to every screen. */
import type { PlatformDescription, Session } from "@keyward/sdk";
import { type QueryClient, queryOptions, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { client } from "./client.ts";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => client.session.get({ signal }),
  staleTime: 60_000,
});

/** The description of a platform changes with a restart of the server alone. */
export const platformQuery = queryOptions({
  queryKey: ["platform"],
  queryFn: ({ signal }) => client.platform.get({ signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

export function usePlatform(): PlatformDescription {
  return useSuspenseQuery(platformQuery).data;
}

export type Permission = Session["organizations"][number]["permissions"][number];

/** What the person may do in an organization; the server decides, this only leaves out what it would refuse. */
export function useMay(organizationId: string): (permission: Permission) => boolean {
  const { isOperator, organizations } = useSession();
  const permissions = organizations.find(({ id }) => id === organizationId)?.permissions;
  return (permission) => isOperator || permissions?.includes(permission) === true;
}

/** The organization's record; its name for people who see it for the first time comes from the session. */
export function useOrganizationName(organizationId: string): string | undefined {
  const { isOperator, organizations } = useSession();
  const known = organizations.find(({ id }) => id === organizationId)?.name;
  const { data } = useQuery({ ...organizationQuery(organizationId), enabled: known === undefined && isOperator });
  return known ?? data?.name;
}

export const organizationQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ["organization", organizationId],
    queryFn: ({ signal }) => client.organizations.get(organizationId, { signal }),
  });

const LAST_ORGANIZATION = "keyward.organization";

/** Where to begin: the organization that was looked at last in this browser, if it is still one's own. */
export function firstOrganization({ organizations }: Session): string | undefined {
  const last = localStorage.getItem(LAST_ORGANIZATION);
  return organizations.find(({ id }) => id === last)?.id ?? organizations[0]?.id;
}

export function rememberOrganization(organizationId: string): void {
  localStorage.setItem(LAST_ORGANIZATION, organizationId);
}

/** Forgets what was read in the name of whoever was signed in; who is signed in now stays known, because the screen stands on it. */
export function forgetOthersData(cache: QueryClient): void {
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "platform" && queryKey[0] !== "session" });
}
