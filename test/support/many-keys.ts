/** As many keys as one organization can have, made at once: through the operations it would be one durable transaction for each. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { encodeUlid, ulidFactory } from "../../engine/ulid.ts";

interface ManyKeys {
  /** Of a database that nobody has open. */
  readonly directory: string;
  /** Has at least one key, of which the others are copies but for id, name, prefix, use and age. None of them can be presented. */
  readonly organizationId: string;
  readonly count: number;
  /** When the newest was made; the others each a second before the next. */
  readonly now: number;
}

export function makeManyKeys({ directory, organizationId, count, now }: ManyKeys): void {
  using database = new DatabaseSync(join(directory, "keyward.db"));
  const sample = database.prepare("select * from api_keys where organization_id = ? limit 1").get(organizationId);
  if (sample === undefined) throw new Error("one key of the organization must be there, as a sample");
  const columns = Object.keys(sample);
  const insert = database.prepare(`insert into api_keys (${columns.join(", ")}) values (${columns.map((name) => `:${name}`).join(", ")})`);
  const use = database.prepare("insert into last_uses (key_id, at) values (?, ?)");
  const idPrefix = String(sample.id).slice(0, -26);
  const nextBits = ulidFactory(randomBytes);
  database.exec("begin");
  for (let number = 1; number <= count; number++) {
    const madeAt = now - (count - number) * 1_000;
    const id = idPrefix + encodeUlid(nextBits(madeAt));
    insert.run(
      copyOf(sample, { id, name: `Agent ${number}`, digest: `none:${id}`, counter_id: id, created_at: madeAt, updated_at: madeAt }),
    );
    if (number % 3 !== 0) use.run(id, now - (number % 20) * 3_600_000);
  }
  database.exec("commit");
}

function copyOf(sample: Record<string, SQLInputValue>, changes: Record<string, SQLInputValue>): Record<string, SQLInputValue> {
  return { ...sample, ...changes, ...(sample.public_key !== null && { public_key: `pk_${changes.id}` }) };
}
