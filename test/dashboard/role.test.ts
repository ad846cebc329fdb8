import { describe, expect, it } from "vitest";
import { asRole, ROLES } from "../../dashboard/src/words/role.ts";
import * as engine from "../../engine/roles.ts";

describe("roles in words", () => {
  it("are the engine's", () => expect(ROLES).toEqual(engine.ROLES));

  it.each([
    ["owner", "an owner"],
    ["admin", "an admin"],
    ["member", "a member"],
    ["viewer", "a viewer"],
  ] as const)("calls %s %s", (role, words) => expect(asRole(role)).toBe(words));
});
