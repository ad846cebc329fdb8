/** Reading the audit log of an organization: in pages, or in slices for a table. */
import { type AuditActor, readActor, writtenActors } from "../engine/audit-actor.ts";
import { type Outcome, ok } from "../engine/errors.ts";
import type { IdFormat } from "../engine/id.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { secretRefuser } from "../engine/secret-pattern.ts";
import { parseTimestamp } from "../engine/timestamp.ts";
import type { AuditEntry, AuditFilter, LogStore, PeopleStore } from "../stores/contract.ts";
import { sliceAudit } from "./audit-slices.ts";
import type { Organizations } from "./organizations.ts";
import { type PageInput, readPage } from "./page.ts";

export const AUDIT_ID: IdFormat = { prefix: "evt_", spelling: "ulid" };

export interface AuditInput {
  readonly action?: string | undefined;
  /** Who acted: the id of a user or of a key, or `operator`. */
  readonly actor?: string | undefined;
  /** What was changed, by its id. */
  readonly subject?: string | undefined;
  /** RFC 3339; changes at this time or later. */
  readonly from?: string | undefined;
  /** RFC 3339; changes before this time. */
  readonly to?: string | undefined;
}

export interface ReadAuditEntry extends Omit<AuditEntry, "actor" | "organizationId"> {
  /** `name` is that of a current member; null for every other actor. */
  readonly actor: AuditActor & { readonly name: string | null };
}

interface AuditOptions {
  readonly system: Pick<KeySystem, "keyForm">;
  readonly store: Pick<LogStore, "listAudit" | "outlineAudit"> & Pick<PeopleStore, "listMembers">;
  readonly organizations: Pick<Organizations, "get">;
}

export type Audit = ReturnType<typeof auditOperations>;

export function auditOperations({ system, store, organizations }: AuditOptions) {
  const refuseSecret = secretRefuser(system.keyForm);

  /** Adds the names of current members, which are read once. */
  async function naming(organizationId: string): Promise<(entries: readonly AuditEntry[]) => ReadAuditEntry[]> {
    const members = await store.listMembers(organizationId);
    const names = new Map(members.map(({ user }) => [user.id, user.name]));
    return (entries) =>
      entries.map(({ actor: written, organizationId: _same, ...entry }) => {
        const actor = readActor(written);
        return { ...entry, actor: { ...actor, name: actor.kind === "user" ? (names.get(actor.id) ?? null) : null } };
      });
  }

  return {
    /**
     * One page of the audit log, newest first. `nextCursor` is null on the last page. Refusals: `invalid_request` (names the field), `not_found`.
     * @example
     * const page = await kw.audit.list(organizationId, { action: "key.revoked", from: "2026-01-01T00:00:00Z" });
     */
    async list(
      organizationId: string,
      { limit: asked, cursor, ...input }: AuditInput & PageInput = {},
    ): Promise<Outcome<{ entries: readonly ReadAuditEntry[]; nextCursor: string | null }>> {
      const page = readPage({ limit: asked, cursor }, AUDIT_ID);
      if (!page.ok) return page;
      const filter = readFilter(input, refuseSecret);
      if (!filter.ok) return filter;
      const organization = await organizations.get(organizationId);
      if (!organization.ok) return organization;
      const { limit, before } = page.value;
      const found = await store.listAudit(organizationId, { ...filter.value, before, limit: limit + 1 });
      const name = await naming(organizationId);
      const entries = name(found.slice(0, limit));
      return ok({ entries, nextCursor: found.length > limit ? (entries.at(-1)?.id ?? null) : null });
    },

    /**
     * The audit log in slices, newest first, from `cursor` on: at most 10,000 entries, fewer if their details are very long. `nextCursor` is
     * null when there are no more. Slices are read one by one, on demand; reading one may throw StoreUnavailable. Refusals: as for `list`.
     */
    async export(
      organizationId: string,
      { cursor, ...input }: AuditInput & Pick<PageInput, "cursor"> = {},
    ): Promise<Outcome<{ slices: AsyncIterable<readonly ReadAuditEntry[]>; nextCursor: string | null }>> {
      const page = readPage({ cursor }, AUDIT_ID);
      if (!page.ok) return page;
      const filter = readFilter(input, refuseSecret);
      if (!filter.ok) return filter;
      const organization = await organizations.get(organizationId);
      if (!organization.ok) return organization;
      const name = await naming(organizationId);
      const { slices, nextBefore } = await sliceAudit(store, organizationId, filter.value, page.value.before);
      async function* named() {
        for await (const slice of slices) yield name(slice);
      }
      return ok({ slices: named(), nextCursor: nextBefore ?? null });
    },
  };
}

function readFilter(
  { action, actor, subject, from, to }: AuditInput,
  refuseSecret: ReturnType<typeof secretRefuser>,
): Outcome<AuditFilter> {
  for (const [field, text] of Object.entries({ action, actor, subject })) {
    const harmless = refuseSecret(field, text);
    if (!harmless.ok) return harmless;
  }
  const [since, until] = [readTime(from, "from"), readTime(to, "to")];
  if (!since.ok) return since;
  if (!until.ok) return until;
  const actors = actor === undefined ? undefined : writtenActors(actor);
  return ok({ action, actors, subjectId: subject, from: since.value, to: until.value });
}

function readTime(text: string | undefined, field: string): Outcome<number | undefined> {
  return text === undefined ? ok(undefined) : parseTimestamp(text, field);
}
