/** Who made a change, as stored in the audit log: `operator`, a user's id, `key:<id>`, `platform:<user id>` or `anonymous`. */

export const ACTOR_KINDS = ["operator", "user", "key", "platform", "system"] as const;

export interface AuditActor {
  /** `platform`: a person who signed in at the platform itself. `system`: no person and no key. */
  readonly kind: (typeof ACTOR_KINDS)[number];
  readonly id: string;
}

const PREFIXES = { key: "key:", platform: "platform:" } as const;
const KINDS: ReadonlyMap<string, AuditActor["kind"]> = new Map([
  ["operator", "operator"],
  ["anonymous", "system"],
  ["system", "system"],
]);

export function readActor(written: string): AuditActor {
  for (const [kind, prefix] of Object.entries(PREFIXES) as [keyof typeof PREFIXES, string][])
    if (written.startsWith(prefix)) return { kind, id: written.slice(prefix.length) };
  return { kind: KINDS.get(written) ?? "user", id: written };
}

/** Every form in which the log may contain an actor with this id. */
export function writtenActors(id: string): readonly string[] {
  return [id, ...Object.values(PREFIXES).map((prefix) => prefix + id)];
}
