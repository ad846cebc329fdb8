/** What can be done with a key, in the list and on its page alike. */
import { expect, it } from "vitest";
import { offeredFor } from "../../dashboard/src/screens/keys/offered.ts";

const all = { sealsKeys: true, dashboard: { actions: ["toggle", "rotate", "revoke"] } } as const;
const few = { sealsKeys: false, dashboard: { actions: ["toggle"] } } as const;
const names = (offered: object) => Object.entries(offered).filter(([, is]) => is).map(([name]) => name).join();

it.each([
  ["active",   "toggle,edit,show,rotate,revoke"],
  ["rotating", "toggle,edit,show,rotate,revoke"],
  ["disabled", "toggle,edit,show,rotate,revoke"],
  ["expired",  "revoke"],
  ["revoked",  ""],
] as const)("with a key that is %s", (status, offered) => expect(names(offeredFor({ status }, all))).toBe(offered));

it("what the platform does not offer is offered with no key", () => expect(names(offeredFor({ status: "active" }, few))).toBe("toggle,edit"));
