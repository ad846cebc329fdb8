/** `keyward keys`: API keys, from the first to the last thing that happens to one. */
import type { Command } from "commander";
import type { ApiKey, KeywardClient } from "../sdk/index.ts";
import { revokeKeysFrom } from "./bulk/revoke-keys.ts";
import { withClient } from "./client.ts";
import { type ConfirmOptions, confirm } from "./confirm.ts";
import { EXIT, Failure } from "./failure.ts";
import { addInspectionCommands } from "./inspect-key.ts";
import { addIssuingCommands } from "./issue-keys.ts";
import { isInUse, organizationOf } from "./key-by-id.ts";
import { DASH, readKey, refuseArgument } from "./key-from-input.ts";
import { addKeyUsageCommand } from "./key-usage.ts";
import { type CommonOptions, dryRun, example, onServer, yes } from "./options.ts";
import { show } from "./output.ts";
import { type ListOptions, showPages } from "./pages.ts";
import { KEY_FIELDS, VERDICT_FIELDS } from "./record-fields.ts";
import { addKeyRefusalsCommand } from "./refusals.ts";
import { typedId } from "./typed-id.ts";
import { addUpdateCommand } from "./update-key.ts";

const EXAMPLE_ID = "key_01m7x4yn56vfnkq4925gf9a45e";
const COLUMNS = [
  ["ID", "id"],
  ["PREFIX", "prefix"],
  ["ENVIRONMENT", "environment"],
  ["STATUS", ({ status, rotationDue }: ApiKey) => (rotationDue ? `${status} (rotate)` : status)],
  ["CREATED", "createdAt"],
  ["EXPIRES", "expiresAt"],
  ["LAST USED", "lastUsedAt"],
  ["NAME", "name"],
] as const;

interface KeyListOptions extends CommonOptions, ListOptions {
  readonly org: string;
  readonly active?: boolean;
}

interface RevokeOptions extends CommonOptions, ConfirmOptions {
  readonly from?: string;
}

interface FindOptions extends CommonOptions {
  readonly org: string;
}

/** What is done to a key by its id: the name of the command, what it does, and how to get the record to show. */
const BY_ID: readonly [name: string, description: string, run: (keys: KeywardClient["keys"], key: ApiKey) => Promise<ApiKey>][] = [
  ["get", "show an API key, without its secret", async (_keys, key) => key],
  ["disable", "refuse an API key until it is enabled again", (keys, key) => keys.update(organizationOf(key), key.id, { enabled: false })],
  ["enable", "accept a disabled API key again", (keys, key) => keys.update(organizationOf(key), key.id, { enabled: true })],
];

export function addKeyCommands(program: Command): void {
  const keys = program.command("keys").description("API keys: create, list, look at, change, rotate, revoke, verify");
  keys.addHelpText("after", example("keyward keys create --org org_01m7x4yn56vfnkq4925gf9a45e --name backend"));
  addIssuingCommands(keys);
  addUpdateCommand(keys);
  addKeyUsageCommand(keys);
  addKeyRefusalsCommand(keys);
  addInspectionCommands(keys);

  onServer(
    keys
      .command("list")
      .description("list an organization's API keys, newest first")
      .requiredOption("--org <ID>", "the organization", typedId)
      .option("--active", "leave out revoked and expired keys")
      .option("--all", "follow every page")
      .addHelpText("after", example("keyward keys list --org org_01m7x4yn56vfnkq4925gf9a45e --active")),
    { fields: KEY_FIELDS },
  ).action((options: KeyListOptions) =>
    withClient(options, async ({ keys: { list, listAll } }) => {
      const query = options.active === true ? { active: "true" as const } : {};
      await showPages(
        () => list(options.org, query),
        () => listAll(options.org, query),
        COLUMNS,
        options,
      );
    }),
  );

  for (const [name, description, run] of BY_ID) {
    const command = keys
      .command(name)
      .description(description)
      .argument("<ID>", "the key's id, not the key", typedId)
      .addHelpText("after", example(`keyward keys ${name} ${EXAMPLE_ID}`));
    if (name !== "get") command.addOption(dryRun());
    onServer(command, { fields: KEY_FIELDS }).action((id: string, options: CommonOptions) =>
      withClient(options, async (client) => show(await run(client.keys, await client.keys.find(id)), options)),
    );
  }

  onServer(
    keys
      .command("revoke")
      .description("refuse an API key for good, from now on")
      .argument("[ID]", "the key's id, not the key", typedId)
      .option("--from <FILE>", "revoke every key of a .csv or .ndjson file, which names them in the column id")
      .addOption(dryRun())
      .addOption(yes())
      .addHelpText("after", example(`keyward keys revoke ${EXAMPLE_ID}`)),
    { fields: KEY_FIELDS },
  ).action((id: string | undefined, options: RevokeOptions) => {
    const { from } = options;
    if ((id === undefined) === (from === undefined))
      throw new Failure(id === undefined ? "missing required argument 'ID', or a file with --from" : "give an id or --from, not both", {
        exitCode: EXIT.usage,
        next: "see `keyward keys revoke --help`",
      });
    if (from !== undefined) return withClient({ ...options, dryRun: false }, (client) => revokeKeysFrom(client, { ...options, from }));
    return withClient(options, async ({ keys: { find, revoke, get } }) => {
      const key = await find(id ?? "");
      const called = key.name ?? key.id;
      if (key.revokedAt === null)
        await confirm(
          isInUse(key, Date.now())
            ? { what: `${called} is in use: its last request was at ${key.lastUsedAt}. Revoke it for good`, type: called }
            : { what: `Revoke ${called} for good` },
          options,
        );
      await revoke(organizationOf(key), key.id);
      await show(await get(organizationOf(key), key.id), options);
    });
  });

  onServer(
    keys
      .command("find")
      .description("show which API key of an organization this key is, without its secret; it counts as no request")
      .argument("<->", DASH)
      .requiredOption("--org <ID>", "the organization", typedId)
      .addHelpText("after", example('printf %s "$KEY" | keyward keys find - --org org_01m7x4yn56vfnkq4925gf9a45e')),
    { fields: KEY_FIELDS },
  ).action((dash: string, options: FindOptions) => {
    refuseArgument(dash, "find");
    return withClient(options, async ({ keys: { findByKey } }) => show(await findByKey(options.org, await readKey("find")), options));
  });

  onServer(
    keys
      .command("verify")
      .description("ask whether a request with this key may pass; it counts as one. Exit code 10: it may not")
      .argument("<->", DASH)
      .addHelpText("after", example('printf %s "$KEY" | keyward keys verify -')),
    { fields: VERDICT_FIELDS },
  ).action((dash: string, options: CommonOptions) => {
    refuseArgument(dash, "verify");
    return withClient(options, async (client) => {
      const verdict = await client.verify({ key: await readKey("verify") });
      await show(verdict, options);
      if (verdict.valid !== true) process.exitCode = EXIT.refused;
    });
  });
}
