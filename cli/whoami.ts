/** `keyward whoami`: as whom commands act, and at which server. */
import type { Command } from "commander";
import { withClient } from "./client.ts";
import { type CommonOptions, example, onServer } from "./options.ts";
import { show } from "./output.ts";
import { CALLER_FIELDS } from "./record-fields.ts";

export function addWhoamiCommand(program: Command): void {
  onServer(
    program.command("whoami").description("show as whom commands act, and at which server").addHelpText("after", example("keyward whoami")),
    { fields: CALLER_FIELDS, piped: "json" },
  ).action((options: CommonOptions) =>
    withClient(options, async ({ session }, { url }) => show({ server: url, ...(await session.caller()) }, options)),
  );
}
