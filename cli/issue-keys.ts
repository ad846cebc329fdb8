/** `keyward keys create` and `rotate`: the commands that show a new key. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { LIMIT_FIELDS } from "../engine/limit-fields.ts";
import { OVERLAP_DEFAULT } from "../engine/rotation.ts";
import type { ApiKey, KeywardClient, NewKey } from "../sdk/index.ts";
import { createKeysFrom } from "./bulk/create-keys.ts";
import { KEY_COLUMNS } from "./bulk/key-columns.ts";
import { withClient } from "./client.ts";
import type { ServerOptions } from "./find-server.ts";
import { organizationOf } from "./key-by-id.ts";
import { wholeNumber } from "./limit-option.ts";
import { dryRun, example, given, list, onServer, secretOnly } from "./options.ts";
import { note, type OutputOptions } from "./output.ts";
import { ISSUED_KEY_FIELDS, ROTATED_KEY_FIELDS } from "./record-fields.ts";
import { type ShownOnceOptions, showOnce } from "./shown-once.ts";
import { typedId } from "./typed-id.ts";

const SETTINGS = ["name", "environment", "domains", "expiresIn", "expiresAt", "scopes", "resources"] as const;

/** The settings of the new key, the limits among them; an option that was not given is absent. */
interface CreateOptions extends ServerOptions, ShownOnceOptions, Pick<NewKey, (typeof SETTINGS)[number]>, NonNullable<NewKey["limits"]> {
  readonly org: string;
  readonly from?: string;
  readonly secrets?: string;
  readonly dryRun?: boolean;
  readonly idempotencyKey?: string;
}

interface RotateOptions extends ServerOptions, ShownOnceOptions {
  readonly overlap?: string;
}

export function addIssuingCommands(keys: Command): void {
  onServer(
    keys
      .command("create")
      .description("create an API key; the key is shown this once")
      .requiredOption("--org <ID>", "the organization that owns it", typedId)
      .addOption(
        new Option("--from <FILE>", `create a key for each row of a .csv or .ndjson file; columns: ${KEY_COLUMNS.join(", ")}`).conflicts([
          ...SETTINGS,
          ...LIMIT_FIELDS,
          "idempotencyKey",
          "secretOnly",
        ]),
      )
      .option("--secrets <FILE>", "with --from: the file (0600) that takes the new keys; default: FILE.secrets.ndjson")
      .option("--name <NAME>", "what people call it")
      .addOption(new Option("--environment <E>", "default: the platform's first one").choices(["live", "test"]))
      .option("--domains <A,B>", "the domains from which it may be used, on platforms that have them", list)
      .option("--expires-in <90d>", "how long it works: a number of s, m, h or d")
      .addOption(new Option("--expires-at <T>", "when it ends, such as 2027-01-31T12:00:00Z").conflicts("expiresIn"))
      .option("--scopes <A,B>", "what it may do", list)
      .option("--resources <A,B>", "what it is restricted to, on platforms that have resources", list)
      .option("--requests-per-minute <N>", "a limit of this key's own, beside the plan's", wholeNumber)
      .option("--requests-per-day <N>", "the same, per day", wholeNumber)
      .option("--concurrent-requests <N>", "the same, at one time", wholeNumber)
      .option("--idempotency-key <K>", "repeated with the same one, the command makes no second key", idempotencyKey)
      .addOption(secretOnly())
      .addOption(dryRun())
      .addHelpText(
        "after",
        example("keyward keys create --org org_01m7x4yn56vfnkq4925gf9a45e --name backend --expires-in 90d --scopes agents:read"),
      ),
    { fields: ISSUED_KEY_FIELDS },
  ).action((options: CreateOptions) =>
    withClient(options.from === undefined ? options : { ...options, dryRun: false }, async (client) => {
      const { create } = client.keys;
      if (options.from !== undefined) return createKeysFrom(client, { ...options, from: options.from });
      const limits = given(options, LIMIT_FIELDS);
      const body = { ...given(options, SETTINGS), ...(Object.keys(limits).length > 0 && { limits }) };
      await showOnce(await create(options.org, body, given(options, ["idempotencyKey"])), options);
    }),
  );

  onServer(
    keys
      .command("rotate")
      .description(
        "give an API key a successor, which is shown this once; both work until the overlap ends, and a key before it ends at once",
      )
      .argument("<ID>", "the key's id, not the key", typedId)
      .option(`--overlap <${OVERLAP_DEFAULT}>`, `how long the old key keeps working: 0s to 30d, default ${OVERLAP_DEFAULT}`)
      .addOption(secretOnly())
      .addOption(dryRun())
      .addHelpText("after", example("keyward keys rotate key_01m7x4yn56vfnkq4925gf9a45e --overlap 1h --secret-only")),
    { fields: ROTATED_KEY_FIELDS },
  ).action((id: string, options: RotateOptions) =>
    withClient(options, async (client) => {
      const record = await client.keys.find(id);
      await warnOfEnding(client, record, options);
      await showOnce(await client.keys.rotate(organizationOf(record), record.id, given(options, ["overlap"])), options);
    }),
  );
}

/** Says before a rotation which key it ends at once: the predecessor of the rotated key, while it still works. */
async function warnOfEnding({ keys: { find } }: KeywardClient, { predecessorId }: ApiKey, options: OutputOptions): Promise<void> {
  if (predecessorId === null) return;
  const { id, revokedAt, expiresAt } = await find(predecessorId);
  if (revokedAt !== null || (expiresAt !== null && Date.parse(expiresAt) <= Date.now())) return;
  note(
    `the key before it, ${id}, would have worked ${expiresAt === null ? "on" : `until ${expiresAt}`}; this rotation ends it now`,
    options,
  );
}

/** Checked here, for it becomes a header before the server can judge it. */
function idempotencyKey(text: string): string {
  if (!/^[\x21-\x7e]{1,255}$/.test(text)) throw new InvalidArgumentError("It must be 1 to 255 printable ASCII characters without spaces.");
  return text;
}
