/**
 * The floor of durable creations: prepared inserts of a row like a key's, with a key's indexes, each in a transaction of its own that
 * is on the disk when it ends (WAL, synchronous=FULL). No HTTP, no other thread, no audit row, no change feed, no plan looked up.
 */
import { hash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { givenOptions, serveSlices } from "./slices.ts";

export interface BareSqliteOptions {
  readonly directory: string;
}

const { directory } = givenOptions<BareSqliteOptions>();
const database = new DatabaseSync(join(directory, "floor.db"));
database.exec(`
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table api_keys (
    id text primary key, organization_id text not null, name text, environment text not null, prefix text not null,
    digest text not null unique, scopes text not null, requests_per_minute bigint, requests_per_day bigint, concurrent_requests bigint,
    enabled integer not null, created_at bigint not null, updated_at bigint not null, expires_at bigint, revoked_at bigint,
    counter_id text not null, predecessor_id text, successor_id text
  );
  create index api_keys_by_organization on api_keys (organization_id, id);
`);
const insert = database.prepare(
  "insert into api_keys values (?, ?, 'bench', 'live', ?, ?, '[]', null, null, null, 1, ?, ?, null, null, ?, null, null)",
);
const organizationId = `org_${"0".repeat(26)}`;
let last = 0;

serveSlices(async (milliseconds) => {
  const until = performance.now() + milliseconds;
  const first = last;
  while (performance.now() < until) {
    const id = `key_${String(++last).padStart(26, "0")}`;
    const now = Date.now();
    insert.run(id, organizationId, "kw_live_0123", `1:${hash("sha256", id, "base64url")}`, now, now, id);
  }
  return last - first;
});
