/** Reading the audit log of an organization: pages of it, or all that a table takes. */
import { type AuditActor, readActor, writtenActors } from "../engine/audit-actor.ts";
import { type Outcome, ok } from "../engine/errors.ts";
import type { IdFormat } from "../engine/id.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { secretRefuser } from "../engine/secret-pattern.ts";
import { parseTimestamp } from "../engine/timestamp.ts";
import type { AuditEntry, AuditFilter, LogStore, PeopleStore } from "../stores/contract.ts";
import type { Organizations } from "./organizations.ts";
import { type PageInput, readPage } from "./page.ts";

export const AUDIT_ID: IdFormat = { prefix: "evt_", spelling: "ulid" };

const EXPORTED_AT_MOST = 10_000;
/** Characters of details in one table: a table is made in memory, and one row may have tens of thousands. */
const EXPORTED_DETAILS = 16 * 1024 * 1024;
/** Rows a read: short enough to let others in between. */
const EXPORTED_AT_ONCE = 250;

export interface AuditInput {
  readonly action?: string | undefined;
  /** The id of whoever acted: a user's, a key's, `operator`. */
  readonly actor?: string | undefined;
  /** The id of what was changed. */
  readonly subject?: string | undefined;
  /** RFC 3339; changes from this moment on. */
  readonly from?: string | undefined;
  /** RFC 3339; changes before this moment. */
  readonly to?: string | undefined;
}

export interface ReadAuditEntry extends Omit<AuditEntry, "actor" | "organizationId"> {
  /** The name of a present member; null for everybody else. */
  readonly actor: AuditActor & { readonly name: string | null };
}

export interface AuditOptions {
  readonly system: Pick<KeySystem, "keyForm">;
  readonly store: Pick<LogStore, "listAudit"> & Pick<PeopleStore, "listMembers">;
  readonly organizations: Pick<Organizations, "get">;
}

export type Audit = ReturnType<typeof auditOperations>;

export function auditOperations({ system, store, organizations }: AuditOptions) {
  const refuseSecret = secretRefuser(system.keyForm);

  async function named(organizationId: string, entries: readonly AuditEntry[]): Promise<ReadAuditEntry[]> {
    const members = await store.listMembers(organizationId);
    const names = new Map(members.map(({ user }) => [user.id, user.name]));
    return entries.map(({ actor: written, organizationId: _same, ...entry }) => {
      const actor = readActor(written);
      return { ...entry, actor: { ...actor, name: actor.kind === "user" ? (names.get(actor.id) ?? null) : null } };
    });
  }

  /** From the newest on, or from `before`: as many as a table takes, and whether there are more. */
  async function tableOf(
    organizationId: string,
    filter: AuditFilter,
    before: string | undefined,
  ): Promise<{ found: readonly AuditEntry[]; isCut: boolean }> {
    const found: AuditEntry[] = [];
    let room = EXPORTED_DETAILS;
    for (;;) {
      const rows = await store.listAudit(organizationId, { ...filter, before: found.at(-1)?.id ?? before, limit: EXPORTED_AT_ONCE });
      for (const row of rows) {
        room -= JSON.stringify(row.details).length;
        if (found.length === EXPORTED_AT_MOST || (room < 0 && found.length > 0)) return { found, isCut: true };
        found.push(row);
      }
      if (rows.length < EXPORTED_AT_ONCE) return { found, isCut: false };
    }
  }

  return {
    /** Newest first. `nextCursor` is null on the last page. */
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
      const entries = await named(organizationId, found.slice(0, limit));
      return ok({ entries, nextCursor: found.length > limit ? (entries.at(-1)?.id ?? null) : null });
    },

    /**
     * Newest first, from `cursor` on: 10,000 at most, and fewer where their details are very long. `nextCursor` is null when there are no
     * more.
     */
    async export(
      organizationId: string,
      { cursor, ...input }: AuditInput & Pick<PageInput, "cursor"> = {},
    ): Promise<Outcome<{ entries: readonly ReadAuditEntry[]; nextCursor: string | null }>> {
      const page = readPage({ cursor }, AUDIT_ID);
      if (!page.ok) return page;
      const filter = readFilter(input, refuseSecret);
      if (!filter.ok) return filter;
      const organization = await organizations.get(organizationId);
      if (!organization.ok) return organization;
      const { found, isCut } = await tableOf(organizationId, filter.value, page.value.before);
      return ok({ entries: await named(organizationId, found), nextCursor: isCut ? (found.at(-1)?.id ?? null) : null });
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
