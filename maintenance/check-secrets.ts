/** Whether the digests and sealed keys of a database belong to master secrets that it knows, and to the one that is given. */
import type { DatabaseSync } from "node:sqlite";
import { readKnownSecrets } from "../service/known-secrets.ts";
import { checkOf, deriveSecrets } from "../service/secrets.ts";
import type { Fault } from "../stores/sql/check.ts";
import { isSecretOf, type OwnSecret } from "./own-secret.ts";

/** An HMAC-SHA-256 in base64url. */
const HMAC_CHARACTERS = 43;
const WITH_DIGESTS = ["api_keys", "service_tokens", "invitations"] as const;

/** `own`: the secret that the server would use; undefined when it is not there, and nothing can be said of it. */
export function findSecretFaults(database: DatabaseSync, own: OwnSecret | undefined): readonly Fault[] {
  const stored = database.prepare("select value from facts where name = 'secret'").get()?.value;
  if (stored === undefined) return [];
  const known = readKnownSecrets(String(stored));
  const faults = [
    ...findUnknownDigests(
      database,
      known.map(({ id }) => id),
    ),
  ];
  if (own === undefined) return faults;
  if (!isSecretOf(String(stored), own)) {
    const detail = `the database was last used with another master secret than ${own.from}`;
    return [...faults, { check: "secrets", detail }];
  }
  return [...faults, ...findLockedKeys(database, known, own)];
}

function findUnknownDigests(database: DatabaseSync, ids: readonly number[]): readonly Fault[] {
  const isKnown = ids.map((id) => `(digest like '${id}:%' and length(digest) = ${String(id).length + 1 + HMAC_CHARACTERS})`).join(" or ");
  return tablesOf(database).flatMap((table): Fault[] => {
    const { n } = database.prepare(`select count(*) as n from ${table} where not (${isKnown})`).get() as { n: number };
    return n === 0 ? [] : [{ check: "secrets", detail: `${n} digests of ${table} are under no secret that the database knows` }];
  });
}

function tablesOf(database: DatabaseSync): readonly string[] {
  return WITH_DIGESTS.filter((table) => database.prepare("select 1 from sqlite_schema where name = ?").get(table) !== undefined);
}

/** Unseals every sealed key: a tag that fits proves that its text is whole and belongs to its id. */
function findLockedKeys(
  database: DatabaseSync,
  known: ReturnType<typeof readKnownSecrets>,
  { secret, previous }: OwnSecret,
): readonly Fault[] {
  const masterOf = (text: string) => {
    const id = known.find(({ check }) => check === checkOf(text))?.id;
    return id === undefined ? [] : [{ id, secret: text }];
  };
  const [current, other] = [secret, ...(previous === undefined ? [] : [previous])].flatMap(masterOf);
  if (current === undefined) return [];
  const secrets = deriveSecrets(current, other);
  let locked = 0;
  for (const { id, sealed } of database
    .prepare("select id, sealed from api_keys where sealed is not null and revoked_at is null")
    .iterate())
    if (!isWhole(() => secrets.unseal(String(sealed), String(id)))) locked++;
  return locked === 0 ? [] : [{ check: "secrets", detail: `${locked} sealed keys cannot be shown with the master secret` }];
}

function isWhole(unseal: () => string): boolean {
  try {
    unseal();
    return true;
  } catch {
    return false;
  }
}
