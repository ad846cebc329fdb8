/** What roles may, as tables. */
import { expect, test } from "vitest";
import {
  assignableRoles,
  isRole,
  type MembershipChange,
  may,
  PERMISSIONS,
  type Permission,
  ROLES,
  type Role,
  refusedMembershipChange,
} from "../../engine/roles.ts";

test.each<[Role, Permission[]]>([
  ["owner", ["read", "export", "keys", "members", "organization"]],
  ["admin", ["read", "export", "keys", "members", "organization"]],
  ["member", ["read", "export", "keys"]],
  ["viewer", ["read"]],
])("%s may %j and nothing else", (role, allowed) => {
  for (const permission of PERMISSIONS) expect(may(role, permission)).toBe(allowed.includes(permission));
});

test.each<[Role | "operator", Role[]]>([
  ["operator", ["owner", "admin", "member", "viewer"]],
  ["owner", ["owner", "admin", "member", "viewer"]],
  ["admin", ["admin", "member", "viewer"]],
  ["member", []],
  ["viewer", []],
])("%s may give the roles %j, and a change of any other is refused", (by, roles) => {
  expect(assignableRoles(by)).toEqual(roles);
  for (const from of [null, ...ROLES])
    for (const to of ROLES) {
      const isAllowed = roles.includes(to) && (from === null || roles.includes(from));
      expect(refusedMembershipChange({ by, from, to, owners: 2 }) === undefined, `${from} to ${to}`).toBe(isAllowed);
    }
});

test.each(["Owner", "operator", "", "__proto__", "toString", undefined, null, 1, ["owner"]])("%j is no role", (text) =>
  expect(isRole(text)).toBe(false),
);

// biome-ignore format: a table
test.each<[string, MembershipChange, string | undefined]>([
  ["the operator makes an owner",                    { by: "operator", from: "member", to: "owner",  owners: 0 }, undefined],
  ["the operator unmakes one of two owners",         { by: "operator", from: "owner",  to: "viewer", owners: 2 }, undefined],
  ["the operator unmakes the only owner",            { by: "operator", from: "owner",  to: "admin",  owners: 1 }, "last_owner"],
  ["the only owner leaves",                          { by: "owner",    from: "owner",  to: null,     owners: 1 }, "last_owner"],
  ["the only owner stays one",                       { by: "owner",    from: "owner",  to: "owner",  owners: 1 }, undefined],
  ["an owner removes another",                       { by: "owner",    from: "owner",  to: null,     owners: 2 }, undefined],
  ["an owner invites an owner",                      { by: "owner",    from: null,     to: "owner",  owners: 1 }, undefined],
  ["an admin invites an owner",                      { by: "admin",    from: null,     to: "owner",  owners: 1 }, "forbidden"],
  ["an admin invites an admin",                      { by: "admin",    from: null,     to: "admin",  owners: 1 }, undefined],
  ["an admin removes an owner",                      { by: "admin",    from: "owner",  to: null,     owners: 2 }, "forbidden"],
  ["an admin removes an admin",                      { by: "admin",    from: "admin",  to: null,     owners: 1 }, undefined],
  ["an admin makes an owner",                        { by: "admin",    from: "member", to: "owner",  owners: 1 }, "forbidden"],
  ["a member removes a viewer",                      { by: "member",   from: "viewer", to: null,     owners: 1 }, "forbidden"],
  ["a viewer makes itself a member",                 { by: "viewer",   from: "viewer", to: "member", owners: 1 }, "forbidden"],
  ["a viewer leaves",                                { by: "viewer",   from: "viewer", to: null,     owners: 1, isOwn: true }, undefined],
  ["one of two owners leaves",                       { by: "owner",    from: "owner",  to: null,     owners: 2, isOwn: true }, undefined],
  ["the only owner leaves by oneself",               { by: "owner",    from: "owner",  to: null,     owners: 1, isOwn: true }, "last_owner"],
  ["an admin makes the own self an owner",           { by: "admin",    from: "admin",  to: "owner",  owners: 1, isOwn: true }, "forbidden"],
  ["somebody who has left leaves again",             { by: undefined,  from: "viewer", to: null,     owners: 1, isOwn: true }, "forbidden"],
  ["somebody who was removed a moment ago",          { by: undefined,  from: "viewer", to: null,     owners: 1 }, "forbidden"],
])("%s", (_sentence, change, code) => expect(refusedMembershipChange(change)?.code).toBe(code));
