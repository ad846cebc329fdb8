/** The operations on organizations. They are for the operator; members may change the name. */
import type { Plan } from "../engine/api-key.ts";
import { invalid, type Outcome, ok, refuse } from "../engine/errors.ts";
import { type IdFormat, type NewId, parseId } from "../engine/id.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { LIMIT_FIELDS } from "../engine/limit-fields.ts";
import { type GivenLimits, parseLimits } from "../engine/limits.ts";
import { parseName } from "../engine/name.ts";
import { organizationChanged } from "../engine/state-change.ts";
import type { Change, Organization, OrganizationStore } from "../stores/contract.ts";
import type { Commit } from "./changes/commit.ts";
import { type PageInput, readPage } from "./page.ts";

const ORGANIZATION_ID: IdFormat = { prefix: "org_", spelling: "ulid" };

export interface OrganizationInput {
  readonly name?: string | undefined;
  /** One of the platform's plans; its default plan when absent at creation. */
  readonly plan?: string | undefined;
  /** Limits in place of the plan's: a number, or null for no limit. They replace all earlier overrides. */
  readonly overrides?: GivenLimits<keyof Plan> | undefined;
}

interface OrganizationsOptions {
  readonly system: KeySystem;
  readonly store: OrganizationStore;
  readonly commit: Commit;
  readonly clock: () => number;
  readonly newId: NewId;
  readonly changeBy: (actor: string, now: number) => Change;
}

export type Organizations = ReturnType<typeof organizationOperations>;

export function organizationOperations({ system, store, commit, clock, newId, changeBy }: OrganizationsOptions) {
  const unknown = () => refuse("not_found", "There is no such organization.");

  function read({ name, plan, overrides }: OrganizationInput): Outcome<Partial<Pick<Organization, "name" | "plan" | "overrides">>> {
    const parsedName = name === undefined ? ok(undefined) : parseName(name);
    if (!parsedName.ok) return parsedName;
    if (plan !== undefined && !Object.hasOwn(system.plans, plan))
      return invalid("plan", `plan must be one of ${Object.keys(system.plans).join(", ")}`);
    const parsedOverrides = overrides === undefined ? ok(undefined) : parseLimits(overrides, [...LIMIT_FIELDS, "keys"], "overrides");
    if (!parsedOverrides.ok) return parsedOverrides;
    return ok({
      ...(parsedName.value !== undefined && { name: parsedName.value }),
      ...(plan !== undefined && { plan }),
      ...(parsedOverrides.value !== undefined && { overrides: parsedOverrides.value }),
    });
  }

  /** The record of a new organization, checked but not stored. */
  function prepare(input: OrganizationInput & { readonly name: string }): Outcome<Organization> {
    const settings = read(input);
    if (!settings.ok) return settings;
    const now = clock();
    return ok({
      id: newId(ORGANIZATION_ID, now),
      plan: system.defaultPlan,
      overrides: {},
      ...settings.value,
      name: settings.value.name ?? input.name,
      createdAt: now,
      updatedAt: now,
    });
  }

  return {
    prepare,

    /** The canonical spelling of an id given with or without its prefix, as ULID or UUID; undefined for anything else. */
    canonicalId: (presentedId: string): string | undefined => parseId(ORGANIZATION_ID, presentedId),

    /**
     * Creates an organization. Refusal: `invalid_request` (names the field).
     * @example
     * const organization = await kw.organizations.create({ name: "Acme", overrides: { requestsPerMinute: 600 } }, "operator");
     */
    async create(input: OrganizationInput & { readonly name: string }, actor: string): Promise<Outcome<Organization>> {
      const organization = prepare(input);
      if (organization.ok) await store.createOrganization(organization.value, changeBy(actor, organization.value.createdAt));
      return organization;
    },

    /** One organization. Refusal: `not_found`. */
    async get(presentedId: string): Promise<Outcome<Organization>> {
      const id = parseId(ORGANIZATION_ID, presentedId);
      const organization = id === undefined ? undefined : await store.findOrganization(id);
      return organization === undefined ? unknown() : ok(organization);
    },

    /** Newest first. `nextCursor` is null on the last page. */
    async list(input: PageInput = {}): Promise<Outcome<{ organizations: readonly Organization[]; nextCursor: string | null }>> {
      const page = readPage(input, ORGANIZATION_ID);
      if (!page.ok) return page;
      const { limit, before } = page.value;
      const found = await store.listOrganizations({ before, limit: limit + 1 });
      const organizations = found.slice(0, limit);
      return ok({ organizations, nextCursor: found.length > limit ? (organizations.at(-1)?.id ?? null) : null });
    },

    /** Changes what is given. A new plan or override holds for the next request of each key. Refusals: `invalid_request`, `not_found`. */
    async update(presentedId: string, input: OrganizationInput, actor: string): Promise<Outcome<Organization>> {
      const id = parseId(ORGANIZATION_ID, presentedId);
      if (id === undefined) return unknown();
      const changes = read(input);
      if (!changes.ok) return changes;
      if (Object.keys(changes.value).length === 0) return invalid("body", "name at least one thing to change");
      const changesLimits = changes.value.plan !== undefined || changes.value.overrides !== undefined;
      const result = await commit(
        () => store.updateOrganization(id, changes.value, changeBy(actor, clock())),
        // Applying it looks at every key in memory: too much for a new name, which members can give as often as they like.
        () => (changesLimits ? [organizationChanged(id)] : []),
      );
      return result.outcome === "updated" ? ok(result.organization) : unknown();
    },
  };
}
