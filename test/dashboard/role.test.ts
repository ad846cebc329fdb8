import { describe, expect, it } from "vitest";
import { asRole, ROLES, rolesToGive } from "../../dashboard/src/words/role.ts";
import * as engine from "../../engine/roles.ts";

describe("roles on the screen of members", () => {
  it("are the engine's", () => expect(ROLES).toEqual(engine.ROLES));

  const givers = [...engine.ROLES, "operator"] as const;
  const cases = givers.flatMap((by) => [null, ...engine.ROLES].map((from) => ({ by, from })));
  it.each(cases)("offers to $by, about somebody who is $from, what the server would not refuse", ({ by, from }) => {
    const allowed = engine.ROLES.filter((to) => engine.refusedMembershipChange({ by, from, to, owners: 2 }) === undefined);
    expect(rolesToGive(by, from)).toEqual(allowed);
  });

  it("offers nothing to somebody who does not belong to the organization", () => expect(rolesToGive(undefined, null)).toEqual([]));

  it.each([
    ["owner", "an owner"],
    ["admin", "an admin"],
    ["member", "a member"],
    ["viewer", "a viewer"],
  ] as const)("calls %s %s", (role, words) => expect(asRole(role)).toBe(words));
});
