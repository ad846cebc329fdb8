/** `keyward token`: a JWT that manages the keys of one organization for a while. */
import type { Command } from "commander";
import { withClient } from "./client.ts";
import { type CommonOptions, dryRun, example, given, onServer } from "./options.ts";
import { show } from "./output.ts";
import { TOKEN_FIELDS } from "./record-fields.ts";
import { typedId } from "./typed-id.ts";

interface TokenOptions extends CommonOptions {
  readonly org: string;
  readonly ttl?: string;
}

export function addTokenCommand(program: Command): void {
  onServer(
    program
      .command("token")
      .description("make a management JWT for one organization, and print it alone")
      .requiredOption("--org <ID>", "the organization whose keys it manages", typedId)
      .option("--ttl <15m>", "how long it is valid: 1s to 24h, default 15m")
      .addOption(dryRun())
      .addHelpText("after", example("KEYWARD_TOKEN=$(keyward token --org org_01m7x4yn56vfnkq4925gf9a45e --ttl 1h)")),
    { fields: TOKEN_FIELDS },
  ).action((options: TokenOptions) =>
    withClient(options, async ({ organizations }) =>
      show(await organizations.token(options.org, given(options, ["ttl"])), options, ({ token }) => token),
    ),
  );
}
