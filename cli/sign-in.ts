/** `keyward sign-in`: a link that signs the operator into the dashboard, however else people sign in there. */
import type { Command } from "commander";
import { withClient } from "./client.ts";
import { example, onServer } from "./options.ts";
import { show } from "./output.ts";
import { LINK_FIELDS } from "./record-fields.ts";

export function addSignInCommand(program: Command): void {
  onServer(
    program
      .command("sign-in")
      .description("make a link that signs you into the dashboard as the operator, once, within 15 minutes; print it alone")
      .addHelpText("after", example("keyward sign-in")),
    { fields: LINK_FIELDS },
  ).action((options) => withClient(options, async ({ session }) => show(await session.operatorLink(), options, ({ url }) => url)));
}
