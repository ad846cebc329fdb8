/** `keyward service-tokens`: a service of the platform needs one to have keys verified. */
import type { Command } from "commander";
import { withClient } from "./client.ts";
import { confirm, isAtTerminal } from "./confirm.ts";
import { dryRun, example, onServer, secretOnly, yes } from "./options.ts";
import { show } from "./output.ts";
import { showList } from "./pages.ts";
import { NEW_SERVICE_TOKEN_FIELDS, SERVICE_TOKEN_FIELDS } from "./record-fields.ts";
import { showOnce } from "./shown-once.ts";
import { typedId } from "./typed-id.ts";

const COLUMNS = [
  ["ID", "id"],
  ["CREATED", "createdAt"],
  ["REVOKED", "revokedAt"],
  ["NAME", "name"],
] as const;

export function addServiceTokenCommands(program: Command): void {
  const tokens = program.command("service-tokens").description("tokens with which services verify keys");
  tokens.addHelpText("after", example("keyward service-tokens create --name gateway"));

  onServer(
    tokens
      .command("create")
      .description("create a service token; the token is shown this once")
      .requiredOption("--name <N>", "the service that will use it")
      .addOption(secretOnly())
      .addOption(dryRun())
      .addHelpText("after", example("keyward service-tokens create --name gateway --secret-only")),
    { fields: NEW_SERVICE_TOKEN_FIELDS },
  ).action((options) =>
    withClient(options, async ({ serviceTokens }) => showOnce(await serviceTokens.create({ name: options.name }), options)),
  );

  onServer(
    tokens
      .command("list")
      .description("list service tokens, revoked ones too")
      .addHelpText("after", example("keyward service-tokens list")),
    { fields: SERVICE_TOKEN_FIELDS },
  ).action((options) => withClient(options, async ({ serviceTokens }) => showList(await serviceTokens.list(), COLUMNS, options)));

  onServer(
    tokens
      .command("revoke")
      .description("refuse a service token for good, from now on")
      .argument("<ID>", "", typedId)
      .addOption(dryRun())
      .addOption(yes())
      .addHelpText("after", example("keyward service-tokens revoke st_01m7x4yn56vfnkq4925gf9a45e")),
    { fields: SERVICE_TOKEN_FIELDS },
  ).action((id, options) =>
    withClient(options, async ({ serviceTokens }) => {
      const token = isAtTerminal() ? (await serviceTokens.list()).data.find((each) => each.id === id) : undefined;
      // What may use it cannot be seen: its name has to be typed, whether it is in use or not.
      if (token !== undefined && token.revokedAt === null)
        await confirm(
          { what: `Revoke the service token ${token.name}: what verifies keys with it stops working`, type: token.name },
          options,
        );
      await serviceTokens.revoke(id);
      const { data } = await serviceTokens.list();
      await show(data.find((token) => token.id === id) ?? { id }, options);
    }),
  );
}
