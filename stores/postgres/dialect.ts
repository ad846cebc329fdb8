/** PostgreSQL as a Kysely dialect, and its capabilities. */
import {
  ColumnDefinitionNode,
  type DatabaseMetadataOptions,
  type DataTypeNode,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
  type TableMetadata,
} from "kysely";
import type { Capabilities, ColumnOfRows } from "../sql/schema.ts";
import { CHANNELS } from "./channels.ts";

const [UPPER, LOWER] = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"];

/** The server took the statement at this moment, which is after it was sent and before it reads. */
export const BANK_CLOCK_MS = sql<number>`(extract(epoch from statement_timestamp()) * 1000)::float8`;

export const POSTGRES: Capabilities = {
  wakeOnFeed: [
    sql`create function keyward_feed_wakeup() returns trigger language plpgsql
        as $$ begin perform pg_notify(${sql.lit(CHANNELS.feed)}, new.sequence::text); return null; end $$`,
    sql`create trigger keyward_feed_wakeup after insert on change_feed for each row execute function keyward_feed_wakeup()`,
  ],
  rowLocks: true,
  bankClock: BANK_CLOCK_MS,
  // `lower` would follow the collation, and change other letters too.
  lowerAscii: (text) => sql`translate(${text}, ${sql.lit(UPPER)}, ${sql.lit(LOWER)})`,
  // One text for any number of rows, with an array for each column: 13 times as fast as a row at a time.
  manyRows: { rowsPerStatement: 5_000, rowsOf: (columns) => sql`select * from unnest(${sql.join(columns.map(toArray))})` },
};

function toArray({ type, values }: ColumnOfRows): RawBuilder<unknown> {
  return sql`${values}::${sql.raw(type)}[]`;
}

/** Runs Kysely's statements with a driver. */
export function postgresDialect(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new ByteOrderCompiler(),
    createIntrospector: (db) => new CurrentSchemaIntrospector(db),
  };
}

/**
 * Makes text columns that compare bytes, as SQLite does, whatever the collation of the database is: lists have the same order everywhere, and
 * an upgrade of the operating system's collations cannot damage an index.
 */
class ByteOrderCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node);
    if (node.dataType === "text" && this.parentNode !== undefined && ColumnDefinitionNode.is(this.parentNode)) this.append(' collate "C"');
  }
}

/** Sees the tables of the schema that Keyward's own are in. The migrator would take those of another application for its own. */
class CurrentSchemaIntrospector extends PostgresIntrospector {
  readonly #db: Kysely<unknown>;

  constructor(db: Kysely<unknown>) {
    super(db);
    this.#db = db;
  }

  override async getTables(options?: DatabaseMetadataOptions): Promise<TableMetadata[]> {
    const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(this.#db);
    return (await super.getTables(options)).filter(({ schema }) => schema === rows[0]?.name);
  }
}
