/** What each role of an organization may do, and which changes of a membership are refused. */
import type { Problem } from "./errors.ts";

export const ROLES = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/** Look at everything; take the audit log away as a file; change keys; change who belongs to the organization; change what it is called. */
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

/** The roles that `by` may give to somebody and take from somebody: an admin neither makes nor removes owners. */
export function assignableRoles(by: Role | "operator"): readonly Role[] {
  if (by === "operator" || by === "owner") return ROLES;
  return may(by, "members") ? ROLES.filter((role) => role !== "owner") : [];
}

export interface MembershipChange {
  /** Who changes it: the role as it is in this moment, undefined for somebody who does not belong to the organization. */
  readonly by: Role | "operator" | undefined;
  /** Null for somebody who is not a member yet. */
  readonly from: Role | null;
  /** Null for a removal. */
  readonly to: Role | null;
  /** How many owners there are now. */
  readonly owners: number;
  /** People change their own membership: any member may leave the organization. */
  readonly isOwn?: boolean;
}

/** An admin is not above an owner, and an organization always keeps one owner. */
export function refusedMembershipChange({ by, from, to, owners, isOwn = false }: MembershipChange): Problem | undefined {
  const isLeaving = isOwn && by !== undefined && to === null;
  if (by !== "operator" && !isLeaving) {
    if (by === undefined || !may(by, "members")) return { code: "forbidden", detail: "Your role does not manage members." };
    if (![from, to].every((role) => role === null || assignableRoles(by).includes(role)))
      return { code: "forbidden", detail: "Only an owner makes or unmakes owners." };
  }
  if (from === "owner" && to !== "owner" && owners <= 1)
    return { code: "last_owner", detail: "This is the only owner. Make somebody else an owner first." };
  return undefined;
}
