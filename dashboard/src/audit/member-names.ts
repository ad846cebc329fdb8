/** What the people of an organization are called. */
import { useQuery } from "@tanstack/react-query";
import { client } from "../app/client.ts";

export interface NamedMember {
  readonly id: string;
  readonly name: string;
}

/** Empty until they are known, and where they cannot be read: the log is readable without. */
export function useMemberNames(organizationId: string): readonly NamedMember[] {
  const { data } = useQuery({
    queryKey: ["members", organizationId],
    queryFn: ({ signal }) => client.members.list(organizationId, { signal }),
  });
  return (data?.data ?? []).flatMap(({ user }) => (user === null ? [] : [{ id: user.id, name: user.name }]));
}
