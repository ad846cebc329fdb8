/** PostgreSQL as a Kysely dialect, and its capabilities. */
import {
  ColumnDefinitionNode,
  type DataTypeNode,
  type Dialect,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from "kysely";
import type pg from "pg";
import type { Capabilities } from "../sql/schema.ts";
import { PostgresDriver } from "./driver.ts";

const [UPPER, LOWER] = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"];

/** `lower` would follow the collation, and change other letters too. */
export const POSTGRES: Capabilities = {
  rowLocks: true,
  lowerAscii: (text) => sql`translate(${text}, ${sql.lit(UPPER)}, ${sql.lit(LOWER)})`,
};

/** Runs Kysely's statements on the connections of a pool. */
export function postgresDialect(pool: pg.Pool): Dialect {
  return {
    createDriver: () => new PostgresDriver(pool),
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new ByteOrderCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
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
