/** `keyward keys revoke --from FILE`: many keys, all of which are looked up before the first is revoked. */
import type { ApiKey, KeywardClient } from "../../sdk/index.ts";
import { KeywardError } from "../../sdk/index.ts";
import { type ConfirmOptions, confirm } from "../confirm.ts";
import { Failure } from "../failure.ts";
import { isInUse } from "../key-by-id.ts";
import { note, type OutputOptions, print } from "../output.ts";
import { progressBar } from "../progress.ts";
import { fields } from "../table.ts";
import { typedId } from "../typed-id.ts";
import { inParallel } from "./in-parallel.ts";
import { type BadLine, type ReadCell, type Row, readRows, refuseBadLines } from "./read-rows.ts";

const AT_ONCE = 8;

interface BulkRevokeOptions extends OutputOptions, ConfirmOptions {
  readonly from: string;
}

/** Of other columns, such as those that `keys create --from` and `keys list` write, nothing is read. */
const readIdCell: ReadCell = (_column, text) => ({ value: text });

/** @throws Failure that has named every bad line, before anything was revoked; or that says how far it came */
export async function revokeKeysFrom({ keys }: KeywardClient, options: BulkRevokeOptions): Promise<void> {
  const { from } = options;
  const { rows, bad } = await readRows(from, readIdCell);
  const found: ApiKey[] = [];
  const unknown: BadLine[] = [];
  await inParallel({
    items: rows,
    atOnce: AT_ONCE,
    async run(row) {
      const read = readId(row);
      if (typeof read !== "string") unknown.push(read);
      else
        await keys.find(read).then(
          (key) => found.push(key),
          (error) => unknown.push(unknownKey(row, error)),
        );
    },
  });
  const unclaimed = found.filter(({ organizationId }) => organizationId === null);
  if (unclaimed.length > 0) throw new Failure(`${unclaimed.length} of these keys belong to no organization; nothing was revoked`);
  refuseBadLines(from, [...bad, ...unknown], "nothing was revoked", (sentence) => note(sentence));
  const active = found.filter(({ revokedAt }) => revokedAt === null);
  const inUse = active.filter((key) => isInUse(key, Date.now())).length;
  if (options.dryRun === true)
    return report({ dryRun: true, keys: active.length, inUse, revokedBefore: found.length - active.length }, options);
  if (active.length > 0)
    await confirm({ what: `Revoke ${active.length} keys for good, ${inUse} of which are in use`, type: String(active.length) }, options);

  const progress = progressBar(active.length, "keys", options);
  let revoked = 0;
  try {
    await inParallel({
      items: active,
      atOnce: AT_ONCE,
      async run({ id, organizationId }) {
        await keys.revoke(organizationId ?? "", id);
        revoked++;
        progress.step();
      },
    });
  } catch (error) {
    progress.end();
    note(`${revoked} of ${active.length} keys were revoked; the same command goes on with the others`);
    throw error;
  }
  progress.end();
  await report({ revoked, revokedBefore: found.length - active.length }, options);
}

function readId({ line, values: { id } }: Row): string | BadLine {
  if (typeof id !== "string" || id === "") return { line, problem: "it has no id" };
  try {
    return typedId(id);
  } catch {
    return { line, problem: "its id is not an id" };
  }
}

/** @throws whatever is not about this key */
function unknownKey({ line, values }: Row, error: unknown): BadLine {
  if (!(error instanceof KeywardError) || error.status !== 404) throw error;
  return { line, problem: `there is no key ${String(values.id)}` };
}

function report(document: object, { json }: OutputOptions): Promise<void> {
  return print(json === undefined ? fields(document) : JSON.stringify(document, null, 2));
}
