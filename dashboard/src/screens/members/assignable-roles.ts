/** Which roles the signed-in person may give. */
import type { Role } from "@keyward/sdk";
import { useSession } from "../../app/session.ts";
import { ROLES } from "../../words/role.ts";

/** The choices for somebody who has the role `from`, or null for a newcomer; empty if the person may not change that role. */
export function useAssignableRoles(organizationId: string, from: Role | null): readonly Role[] {
  const { isOperator, organizations } = useSession();
  if (isOperator) return ROLES;
  const assignable = organizations.find(({ id }) => id === organizationId)?.assignableRoles ?? [];
  return from === null || assignable.includes(from) ? assignable : [];
}
