/** What can be done with a key, in the list and on its page alike. */
import { expect, it } from "vitest";
import { offeredFor } from "../../dashboard/src/keys/offered.ts";

const all = { sealsKeys: true, dashboard: { actions: ["toggle", "rotate", "revoke"] } } as const;
const few = { sealsKeys: false, dashboard: { actions: ["toggle"] } } as const;
const names = (offered: object) =>
  Object.entries(offered)
    .filter(([, is]) => is)
    .map(([name]) => name)
    .join();

// biome-ignore format: a table
it.each([
  ["in force",                       [],                                 "toggle,edit,show,rotate,revoke"],
  ["disabled",                       ["disabled"],                       "toggle,edit,show,rotate,revoke"],
  ["expired",                        ["expired"],                        "revoke"],
  ["disabled and expired",           ["disabled", "expired"],            "revoke"],
  ["revoked",                        ["revoked"],                        ""],
  ["revoked, disabled and expired",  ["revoked", "disabled", "expired"], ""],
] as const)("with a key that is %s", (_name, refusedFor, offered) => expect(names(offeredFor({ refusedFor }, all))).toBe(offered));

it("actions that the platform does not have are offered for no key", () =>
  expect(names(offeredFor({ refusedFor: [] }, few))).toBe("toggle,edit"));
