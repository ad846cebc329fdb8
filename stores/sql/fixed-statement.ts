/**
 * Statements that are compiled once. Kysely builds and compiles a query each time it is executed, which was about a quarter of what the process spent on
 * creating a key. This is for queries whose SQL is always the same, on paths that run with each creation or each first use of a key.
 */
import type { Compilable, CompiledQuery, Kysely, QueryResult, Transaction } from "kysely";
import type { Database } from "./schema.ts";

type Reader = Kysely<Database> | Transaction<Database>;

/** Stands for a value that is known only when the statement is executed. */
class Slot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

interface Made<Row> {
  readonly statement: CompiledQuery<Row>;
  readonly names: number;
}

/**
 * A function that executes a statement with the given values. `build` is called once for each kind of database, with slots
 * in place of values, so it must only pass them on to the query. Every execution must have values for the same names.
 *
 * @example
 * const selectName = fixedStatement((db, { id }: { id: string }) => db.selectFrom("organizations").select("name").where("id", "=", id));
 * const { rows } = await selectName(db, { id: "org_1" });
 */
export function fixedStatement<Values extends object, Row>(
  build: (db: Reader, values: Values) => Compilable<Row>,
): (db: Reader, values: Values) => Promise<QueryResult<Row>> {
  /** By the adapter: a transaction is an object of its own, and has that of its database. */
  const made = new WeakMap<object, Made<Row>>();

  const make = (db: Reader, values: Values): Made<Row> => {
    const names = Object.keys(values);
    const slots = Object.fromEntries(names.map((name) => [name, new Slot(name)]));
    return { statement: build(db, slots as Values).compile(), names: names.length };
  };

  return async (db, values) => {
    const { adapter } = db.getExecutor();
    const known = made.get(adapter);
    const { statement, names } = known ?? make(db, values);
    if (known === undefined) made.set(adapter, { statement, names });
    if (Object.keys(values).length !== names) throw new Error(`a statement of ${names} values was given others`);
    const parameters = statement.parameters.map((each) => (each instanceof Slot ? valueFor(values, each) : each));
    return db.executeQuery({ ...statement, parameters });
  };
}

function valueFor(values: object, { name }: Slot): unknown {
  const value = (values as Record<string, unknown>)[name];
  if (value === undefined) throw new Error(`a statement has no value for ${name}`);
  return value;
}
