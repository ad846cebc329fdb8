/** Giving a member another role. */
import type { Role } from "@keyward/sdk";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client } from "../../app/client.ts";
import { useRefresh } from "../../app/refresh.ts";
import { useSession } from "../../app/session.ts";
import { announce } from "../../controls/announcer.tsx";
import { isNotFound } from "../../words/failure.ts";
import { roleInWords } from "../../words/role.ts";

interface RoleChange {
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
}

/** `changing` is shown optimistically until the list has been read again. */
export function useRoleChange(organizationId: string) {
  const cache = useQueryClient();
  const { user } = useSession();
  const refresh = useRefresh("members", organizationId);
  const { mutate, variables, isPending, error } = useMutation({
    mutationFn: ({ userId, role }: RoleChange) => client.members.changeRole(organizationId, userId, role),
    onSuccess: (_member, { name, role }) => announce(`${name} is now ${roleInWords(role)}`),
    onError: (failure, { name }) => isNotFound(failure) && announce(`${name} has just been removed`),
    onSettled: (_member, _failure, { userId }) =>
      Promise.all([
        refresh(),
        // A person's own permissions are in the session.
        userId === user?.id && cache.invalidateQueries({ queryKey: ["session"] }),
      ]),
  });
  return { change: mutate, changing: isPending ? variables : undefined, error: isNotFound(error) ? null : error };
}
