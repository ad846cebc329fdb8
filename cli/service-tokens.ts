/** `keyward service-tokens`: a service of the platform needs one to have keys verified. */
import type { Command } from "commander";
import { withClient } from "./client.ts";
import { example, onServer, secretOnly } from "./options.ts";
import { show } from "./output.ts";
import { showList } from "./pages.ts";
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
      .addHelpText("after", example("keyward service-tokens create --name gateway --secret-only")),
  ).action((options) =>
    withClient(options, async ({ serviceTokens }) => showOnce(await serviceTokens.create({ name: options.name }), options)),
  );

  onServer(
    tokens
      .command("list")
      .description("list service tokens, revoked ones too")
      .addHelpText("after", example("keyward service-tokens list")),
  ).action((options) => withClient(options, async ({ serviceTokens }) => showList(await serviceTokens.list(), COLUMNS, options)));

  onServer(
    tokens
      .command("revoke")
      .description("refuse a service token for good, from now on")
      .argument("<ID>", "", typedId)
      .addHelpText("after", example("keyward service-tokens revoke st_01m7x4yn56vfnkq4925gf9a45e")),
  ).action((id, options) =>
    withClient(options, async ({ serviceTokens }) => {
      await serviceTokens.revoke(id);
      const { data } = await serviceTokens.list();
      await show(data.find((token) => token.id === id) ?? { id }, options);
    }),
  );
}
