/** `keyward keys create --from FILE`: thousands of keys, each once, however often the command is interrupted and repeated. */
import { createHash } from "node:crypto";
import { type IssuedApiKey, type KeywardClient, KeywardError, type NewKey } from "../../sdk/index.ts";
import { Failure } from "../failure.ts";
import { note, type OutputOptions, print } from "../output.ts";
import { progressBar } from "../progress.ts";
import { fields } from "../table.ts";
import { inParallel } from "./in-parallel.ts";
import { readKeyCell, toNewKey } from "./key-columns.ts";
import { type BadLine, readRows, refuseBadLines } from "./read-rows.ts";
import { SecretsFile } from "./secrets-file.ts";

const AT_ONCE = 8;
/** Bodies of requests may have 64 KiB. */
const MOST_CHECKED = 100;
const MOST_CHECKED_CHARACTERS = 40_000;

interface BulkCreateOptions extends OutputOptions {
  readonly org: string;
  readonly from: string;
  readonly secrets?: string;
  readonly dryRun?: boolean;
}

interface NamedRow {
  readonly line: number;
  readonly row: string;
  readonly body: NewKey;
}

/** @throws Failure that has named every bad line, before anything was created; or that says how far it came */
export async function createKeysFrom(client: KeywardClient, options: BulkCreateOptions): Promise<void> {
  const { org, from } = options;
  const { rows, bad } = await readRows(from, readKeyCell);
  const named = nameRows(
    org,
    rows.map((row) => ({ line: row.line, body: toNewKey(row) as NewKey })),
  );
  const checked = await checkRows(client, org, named);
  refuseBadLines(from, [...bad, ...checked.bad], "nothing was created", (sentence) => note(sentence));
  if (options.dryRun === true) {
    refuseTooMany(checked.remaining, named.length);
    return report({ dryRun: true, keys: named.length }, options);
  }
  const path = options.secrets ?? `${from}.secrets.ndjson`;
  const secrets = await SecretsFile.open(path);
  const missing = named.filter(({ row }) => !secrets.rows.has(row));
  let isDone = false;
  try {
    // Rows that an earlier run has begun are among the keys that the plan counts.
    if (secrets.begun.size === 0) refuseTooMany(checked.remaining, missing.length);
    const made = await createMissing({ client, secrets, missing, org }, options);
    isDone = true;
    if (made.elsewhere > 0)
      note(
        `${made.elsewhere} of these keys were created before with another file for the secrets, where they are; they are left as they are`,
        options,
      );
    await report({ ...made, existing: named.length - missing.length, secrets: path }, options);
  } finally {
    await secrets.close({ isDone });
  }
}

interface Creating {
  readonly client: KeywardClient;
  readonly secrets: SecretsFile;
  readonly missing: readonly NamedRow[];
  readonly org: string;
}

async function createMissing(creating: Creating, options: BulkCreateOptions): Promise<{ created: number; elsewhere: number }> {
  const { client, missing, secrets, org } = creating;
  // By the server's clock: what is older than the newest change was not made by this run.
  const since = (await client.audit.list(org, { limit: 1 })).data[0]?.at ?? "";
  const progress = progressBar(missing.length, "keys", options);
  const made = { created: 0, elsewhere: 0 };
  let isStopped = false;
  const stop = () => {
    isStopped = true;
  };
  process.once("SIGINT", stop);
  const done = () => made.created + made.elsewhere;
  const soFar = () => `${done()} of ${missing.length} keys were created; the same command goes on with the others`;
  try {
    await inParallel({
      items: missing,
      atOnce: AT_ONCE,
      isStopped: () => isStopped,
      async run(row) {
        await secrets.begin(row.row);
        const isOurs = ({ createdAt }: IssuedApiKey) => secrets.begun.has(row.row) || createdAt > since;
        const issued = await createOne(creating, row, isOurs);
        if (issued === undefined) made.elsewhere++;
        else {
          const { id, name, key, publicKey, secretKey } = issued;
          await secrets.add({
            row: row.row,
            id,
            name,
            ...(key !== undefined && { key }),
            ...(secretKey !== undefined && { publicKey, secretKey }),
          });
          made.created++;
        }
        progress.step();
      },
    });
  } catch (error) {
    progress.end();
    if (done() > 0) note(soFar());
    throw error;
  } finally {
    progress.end();
    process.removeListener("SIGINT", stop);
  }
  if (done() < missing.length) throw new Failure(`stopped: ${soFar()}`);
  return made;
}

/**
 * Creates the key of a row. A response without the secret means that the row was created before. If that was by a run with this file, which ended
 * before the secret was written, or by an attempt whose response was lost, nobody has the secret: that key is revoked, and another takes its
 * place. Undefined: it was by a run with another file.
 */
async function createOne(
  { client: { keys }, org }: Creating,
  { row, body }: NamedRow,
  isOurs: (issued: IssuedApiKey) => boolean,
): Promise<IssuedApiKey | undefined> {
  for (let attempt = 1; ; attempt++) {
    const issued = await keys.create(org, body, { idempotencyKey: `${row}-${attempt}` });
    if (issued.key !== undefined || issued.secretKey !== undefined) return issued;
    if (!isOurs(issued)) return undefined;
    if (issued.revokedAt === null) await keys.revoke(org, issued.id);
  }
}

/**
 * A name for each row that stays when lines are added or moved: the digest of its content. The second row with the same content is another
 * key.
 */
function nameRows(org: string, rows: readonly Pick<NamedRow, "line" | "body">[]): NamedRow[] {
  const seen = new Map<string, number>();
  return rows.map(({ line, body }) => {
    const content = JSON.stringify([org, Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1))]);
    const number = (seen.get(content) ?? 0) + 1;
    seen.set(content, number);
    return { line, body, row: createHash("sha256").update(`${content} ${number}`).digest("base64url").slice(0, 32) };
  });
}

/** Asks the server what it would refuse, in as many requests as the rows need. */
async function checkRows({ keys }: KeywardClient, org: string, rows: readonly NamedRow[]) {
  const bad: BadLine[] = [];
  let remaining: number | null = null;
  for (const part of parts(rows)) {
    const checked = await keys.check(org, { keys: part.map(({ body }) => ({ ...body })) }).catch((error: unknown) => {
      // A single row that is larger than a request may be.
      if (part.length === 1 && error instanceof KeywardError && error.status === 413) return undefined;
      throw error;
    });
    if (checked === undefined) bad.push({ line: part[0]?.line ?? 0, problem: "it is too large" });
    else {
      remaining = checked.remaining;
      for (const { index, message } of checked.data) bad.push({ line: part[index]?.line ?? 0, problem: message });
    }
  }
  return { bad, remaining };
}

function* parts(rows: readonly NamedRow[]): Generator<readonly NamedRow[]> {
  let part: NamedRow[] = [];
  let characters = 0;
  for (const row of rows) {
    const size = JSON.stringify(row.body).length;
    if (part.length > 0 && (part.length === MOST_CHECKED || characters + size > MOST_CHECKED_CHARACTERS)) {
      yield part;
      [part, characters] = [[], 0];
    }
    part.push(row);
    characters += size;
  }
  if (part.length > 0) yield part;
}

function refuseTooMany(remaining: number | null, wanted: number): void {
  if (remaining !== null && wanted > remaining)
    throw new Failure(`the plan of the organization allows ${remaining} more keys, and there are ${wanted} rows; nothing was created`, {
      next: "revoke keys that nobody needs, or let the operator raise the limit with `keyward orgs update`",
    });
}

function report(document: object, { json }: OutputOptions): Promise<void> {
  return print(json === undefined ? fields(document) : JSON.stringify(document, null, 2));
}
