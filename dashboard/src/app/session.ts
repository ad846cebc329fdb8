/** Who is signed in, and what the platform offers: read once, available to every screen. */
import type { PlatformDescription, Session } from "@keyward/sdk";
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { client } from "./client.ts";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => client.session.get({ signal }),
  staleTime: 60_000,
});

/** The description of a platform changes only when the server restarts. */
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

type Permission = Session["organizations"][number]["permissions"][number];

/** What the person may do in an organization. The server decides; this only hides what it would refuse. */
export function useMay(organizationId: string): (permission: Permission) => boolean {
  const { isOperator, organizations } = useSession();
  const permissions = organizations.find(({ id }) => id === organizationId)?.permissions;
  return (permission) => isOperator || permissions?.includes(permission) === true;
}
