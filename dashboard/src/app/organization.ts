/** What several screens read of an organization, and which organization this browser showed last. */
import type { Session } from "@keyward/sdk";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { client } from "./client.ts";
import { useSession } from "./session.ts";

export function organizationQuery(organizationId: string) {
  return queryOptions({
    queryKey: ["organization", organizationId],
    queryFn: ({ signal }) => client.organizations.get(organizationId, { signal }),
  });
}

export function membersQuery(organizationId: string) {
  return queryOptions({
    queryKey: ["members", organizationId],
    queryFn: ({ signal }) => client.members.list(organizationId, { signal }),
  });
}

/** From the session; the operator, whose session lists no organizations, asks the server. Undefined until it is known. */
export function useOrganizationName(organizationId: string): string | undefined {
  const { isOperator, organizations } = useSession();
  const known = organizations.find(({ id }) => id === organizationId)?.name;
  const { data } = useQuery({ ...organizationQuery(organizationId), enabled: known === undefined && isOperator });
  return known ?? data?.name;
}

const LAST_ORGANIZATION = "keyward.organization";

/** The organization to begin with: the one this browser showed last if the person still belongs to it, else the first. */
export function firstOrganization({ organizations }: Session): string | undefined {
  const last = localStorage.getItem(LAST_ORGANIZATION);
  return organizations.find(({ id }) => id === last)?.id ?? organizations[0]?.id;
}

export function rememberOrganization(organizationId: string): void {
  localStorage.setItem(LAST_ORGANIZATION, organizationId);
}
