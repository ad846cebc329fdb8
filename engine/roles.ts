/** What each role may do in an organization, and which changes of a membership are refused. */
import type { Problem } from "./errors.ts";

export const ROLES = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/** See everything; export the audit log; manage keys; manage members; rename the organization. */
export const PERMISSIONS = ["read", "export", "keys", "members", "organization"] as const;
export type Permission = (typeof PERMISSIONS)[number];

const ALLOWED: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ["read", "export", "keys", "members", "organization"],
  admin: ["read", "export", "keys", "members", "organization"],
  member: ["read", "export", "keys"],
  viewer: ["read"],
};

export function isRole(text: unknown): text is Role {
  return ROLES.includes(text as Role);
}

export function may(role: Role, permission: Permission): boolean {
  return ALLOWED[role].includes(permission);
}

/** The roles that `by` may give and take away. An admin may not make or remove owners. */
export function assignableRoles(by: Role | "operator"): readonly Role[] {
  if (by === "operator" || by === "owner") return ROLES;
  return may(by, "members") ? ROLES.filter((role) => role !== "owner") : [];
}

export interface MembershipChange {
  /** The current role of the person who makes the change; undefined if that person does not belong to the organization. */
  readonly by: Role | "operator" | undefined;
  /** The old role; null for a new member. */
  readonly from: Role | null;
  /** The new role; null for a removal. */
  readonly to: Role | null;
  /** The number of owners now. */
  readonly owners: number;
  /** Whether people change their own membership: every member may leave the organization. */
  readonly isOwn?: boolean;
}

/** Why a change is refused: only owners change owners, and an organization keeps at least one. Undefined if the change is allowed. */
export function refusedMembershipChange({ by, from, to, owners, isOwn = false }: MembershipChange): Problem | undefined {
  const isLeaving = isOwn && by !== undefined && to === null;
  if (by !== "operator" && !isLeaving) {
    if (by === undefined || !may(by, "members")) return { code: "forbidden", detail: "Your role does not manage members." };
    if (![from, to].every((role) => role === null || assignableRoles(by).includes(role)))
      return { code: "forbidden", detail: "Only an owner can make or remove owners." };
  }
  if (from === "owner" && to !== "owner" && owners <= 1)
    return { code: "last_owner", detail: "This is the only owner. Make somebody else an owner first." };
  return undefined;
}
