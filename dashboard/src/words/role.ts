/** Roles in words, and which of them somebody may give. */
import type { Role } from "@keyward/sdk";

export const ROLES: readonly Role[] = ["owner", "admin", "member", "viewer"];

const NAMES: Readonly<Record<Role, string>> = { owner: "Owner", admin: "Admin", member: "Member", viewer: "Viewer" };

/** What somebody of this role may do. */
export const ROLE_MEANINGS: Readonly<Record<Role, string>> = {
  owner: "An owner manages keys, members and other owners.",
  admin: "An admin manages keys and members.",
  member: "A member manages keys.",
  viewer: "A viewer sees everything, but changes and exports nothing.",
};

export function roleInWords(role: Role): string {
  return NAMES[role];
}

/** "an owner", "a member". */
export function asRole(role: Role): string {
  return `${/^[ao]/.test(role) ? "an" : "a"} ${role}`;
}

/**
 * Which roles somebody may give to somebody who has `from` (null for a newcomer): an admin neither makes nor unmakes owners. None where
 * nothing may be changed.
 */
export function rolesToGive(giver: Role | "operator" | undefined, from: Role | null): readonly Role[] {
  if (giver === "operator" || giver === "owner") return ROLES;
  if (giver !== "admin" || from === "owner") return [];
  return ROLES.filter((role) => role !== "owner");
}
