/** Whether the digests and sealed keys of a database belong to master secrets that it knows, and to the one that is given. */
import { type Kysely, sql } from "kysely";
import { readKnownSecrets } from "../service/known-secrets.ts";
import { checkOf, deriveSecrets } from "../service/secrets.ts";
import type { Fault } from "../stores/sql/check.ts";
import type { Database } from "../stores/sql/schema.ts";
import { isSecretOf, type OwnSecret } from "./own-secret.ts";

/** An HMAC-SHA-256 in base64url. */
const HMAC_CHARACTERS = 43;
const WITH_DIGESTS = ["api_keys", "service_tokens", "invitations"] as const;
const AT_ONCE = 5_000;

type KnownSecrets = ReturnType<typeof readKnownSecrets>;

/** `own`: the secret that the server would use; undefined when it is not there, and nothing can be said of it. */
export async function findSecretFaults(db: Kysely<Database>, own: OwnSecret | undefined): Promise<readonly Fault[]> {
  const fact = await db.selectFrom("facts").select("value").where("name", "=", "secret").executeTakeFirst();
  if (fact === undefined) return [];
  const known = readKnownSecrets(fact.value);
  const faults = await findUnknownDigests(db, known);
  if (own === undefined) return faults;
  if (!isSecretOf(fact.value, own)) {
    const detail = `the database was last used with another master secret than ${own.from}`;
    return [...faults, { check: "secrets", detail }];
  }
  return [...faults, ...(await findLockedKeys(db, known, own))];
}

async function findUnknownDigests(db: Kysely<Database>, known: KnownSecrets): Promise<readonly Fault[]> {
  const tables = new Set((await db.introspection.getTables()).map(({ name }) => name));
  const faults: Fault[] = [];
  for (const table of WITH_DIGESTS.filter((name) => tables.has(name))) {
    const isKnown = known.map(({ id }) => sql`(digest like ${`${id}:%`} and length(digest) = ${`${id}:`.length + HMAC_CHARACTERS})`);
    const { rows } = await sql<{
      n: number | string;
    }>`select count(*) as n from ${sql.table(table)} where not (${sql.join(isKnown, sql` or `)})`.execute(db);
    const count = Number(rows[0]?.n ?? 0);
    if (count > 0) faults.push({ check: "secrets", detail: `${count} digests of ${table} are under no secret that the database knows` });
  }
  return faults;
}

/** Unseals every sealed key: a tag that fits proves that its text is whole and belongs to its id. */
async function findLockedKeys(db: Kysely<Database>, known: KnownSecrets, { secret, previous }: OwnSecret): Promise<readonly Fault[]> {
  const masterOf = (text: string) => {
    const id = known.find(({ check }) => check === checkOf(text))?.id;
    return id === undefined ? [] : [{ id, secret: text }];
  };
  const [current, other] = [secret, ...(previous === undefined ? [] : [previous])].flatMap(masterOf);
  if (current === undefined) return [];
  const secrets = deriveSecrets(current, other);
  let locked = 0;
  for await (const { id, sealed } of sealedKeys(db)) if (!isWhole(() => secrets.unseal(sealed, id))) locked++;
  return locked === 0 ? [] : [{ check: "secrets", detail: `${locked} sealed keys cannot be shown with the master secret` }];
}

async function* sealedKeys(db: Kysely<Database>): AsyncGenerator<{ readonly id: string; readonly sealed: string }> {
  for (let after = ""; ; ) {
    const page = await db
      .selectFrom("api_keys")
      .select(["id", "sealed"])
      .where("sealed", "is not", null)
      .where("revoked_at", "is", null)
      .where("id", ">", after)
      .orderBy("id")
      .limit(AT_ONCE)
      .$narrowType<{ sealed: string }>()
      .execute();
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < AT_ONCE) return;
    after = last.id;
  }
}

function isWhole(unseal: () => string): boolean {
  try {
    unseal();
    return true;
  } catch {
    return false;
  }
}
