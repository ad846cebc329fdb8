/** `keyward service-tokens`: with one, a service of the platform asks Keyward to verify keys. */
import type { Command } from "commander";
import { connect, type Json, path } from "./client.ts";
import { example, onServer, secretOnly } from "./options.ts";
import { show } from "./output.ts";
import { showList } from "./pages.ts";
import { showOnce } from "./shown-once.ts";

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
  ).action(async (options) => {
    const call = await connect(options);
    await showOnce(await call("POST", path`/service-tokens`, { body: { name: options.name } }), options);
  });

  onServer(
    tokens
      .command("list")
      .description("list service tokens, revoked ones too")
      .addHelpText("after", example("keyward service-tokens list")),
  ).action(async (options) => showList(await connect(options), path`/service-tokens`, {}, COLUMNS, options));

  onServer(
    tokens
      .command("revoke")
      .description("refuse a service token for good, from this answer on")
      .argument("<ID>")
      .addHelpText("after", example("keyward service-tokens revoke st_01m7x4yn56vfnkq4925gf9a45e")),
  ).action(async (id, options) => {
    const call = await connect(options);
    await call("DELETE", path`/service-tokens/${id}`);
    const { data } = await call("GET", path`/service-tokens`);
    await show((data as Json[]).find((token) => token.id === id) ?? { id }, options);
  });
}
