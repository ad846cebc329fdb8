/** Roles in words. */
import type { Role } from "@keyward/sdk";

const NAMES: Readonly<Record<Role, string>> = { owner: "Owner", admin: "Admin", member: "Member", viewer: "Viewer" };

export const ROLES = Object.keys(NAMES) as readonly Role[];

/** What somebody with this role may do. */
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
