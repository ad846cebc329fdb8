/** The names of the people of an organization. */
import { useQuery } from "@tanstack/react-query";
import { membersQuery } from "../app/organization.ts";

/** Empty until the names are known, and when they cannot be read: the log is readable without them. */
export function useMemberNames(organizationId: string): readonly { readonly id: string; readonly name: string }[] {
  const { data } = useQuery(membersQuery(organizationId));
  return (data?.data ?? []).flatMap(({ user }) => (user === null ? [] : [{ id: user.id, name: user.name }]));
}
