/** Members and invitations of the demonstration. */
import type { Role } from "../../engine/roles.ts";
import type { Keyward } from "../../service/index.ts";
import { HOSTILE_NAME, type Past } from "./past.ts";
import { secret } from "./root.ts";
import { must } from "./service.ts";

const OPERATOR = { by: { role: "operator" }, actor: "operator" } as const;
const MEMBERS: readonly [userId: string, name: string, role: Role, joinedDaysAgo: number][] = [
  ["usr_charles", "Charles Babbage", "owner", 364],
  ["usr_grace", "Grace Hopper", "admin", 210],
  ["usr_alan", "Alan Turing", "member", 90],
  ["usr_katherine", "Katherine Johnson", "member", 33],
  ["usr_markup", HOSTILE_NAME, "viewer", 12],
];
const INVITATIONS: readonly [note: string | null, role: Role, madeDaysAgo: number][] = [
  ["dorothy@example.com", "member", 6.5],
  [HOSTILE_NAME, "viewer", 3],
  [null, "admin", 0.1],
];

/** In an organization whose id is there when it happens. */
export function noteMembers(past: Past, organization: { readonly organizationId: string }): void {
  const invite = async ({ people }: Keyward, role: Role, note: string | null) =>
    secret(must(await people.invite(organization.organizationId, { role, note }, OPERATOR)).token);
  for (const [id, name, role, daysAgo] of MEMBERS) {
    past.note(daysAgo, async (service, store) => {
      const email = `${id.slice("usr_".length)}@example.com`;
      await store.ensureUser({ id, name, email, image: null }, service.clock());
      must(await service.people.accept(await invite(service, role, email), id));
    });
  }
  for (const [note, role, daysAgo] of INVITATIONS) past.note(daysAgo, (service) => invite(service, role, note));
}
