/** `keyward secrets`: what the replacement of the master secret has left to do. */
import type { Command } from "commander";
import type { KeywardClient } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { plural } from "./local-database.ts";
import type { Look } from "./look.ts";
import { type CommonOptions, example, onServer } from "./options.ts";
import { show } from "./output.ts";
import { table } from "./table.ts";

type Status = Awaited<ReturnType<KeywardClient["platform"]["secrets"]>>;
type Left = Status["onPrevious"];

const FIELDS = ["hasPrevious", "mayDropPrevious", "onPrevious", "unverifiable"] as const satisfies readonly (keyof Status)[];
const COLUMNS = [
  ["ID", "id"],
  ["ORGANIZATION", "organizationId"],
  ["LAST USED", "lastUsedAt"],
  ["NAME", "name"],
] as const;

export function addSecretCommands(program: Command): void {
  const secrets = program.command("secrets").description("the master secret, while another replaces it");
  secrets.addHelpText("after", example("keyward secrets status"));

  onServer(
    secrets
      .command("status")
      .description("count what still needs KEYWARD_SECRET_PREVIOUS, and say whether it may be dropped")
      .addHelpText("after", example("keyward secrets status")),
    { fields: FIELDS, piped: "json" },
  ).action((options: CommonOptions) => withClient(options, async ({ platform }) => show(await platform.secrets(), options, inWords)));
}

function inWords({ hasPrevious, mayDropPrevious, onPrevious, unverifiable }: Status, look: Look): string {
  const parts: string[] = [];
  if (mayDropPrevious)
    parts.push("KEYWARD_SECRET_PREVIOUS may be dropped: nothing needs it any more. People who signed in before the change sign in again.");
  else if (hasPrevious)
    parts.push(
      `KEYWARD_SECRET_PREVIOUS is still needed by ${counted(onPrevious)}. A key moves when it is used.`,
      ...keysOf(onPrevious, look),
    );
  else parts.push("One master secret is in use. To replace it, start with the new one and the old one as KEYWARD_SECRET_PREVIOUS.");
  if (isAny(unverifiable))
    parts.push(
      `Refused, because their secret is not given: ${counted(unverifiable)}. Give it as KEYWARD_SECRET_PREVIOUS, or create them anew.`,
      ...keysOf(unverifiable, look),
    );
  return parts.join("\n");
}

function counted({ keys, serviceTokens, invitations, sealedKeys }: Left): string {
  const parts = [
    [keys, "key"],
    [serviceTokens, "service token"],
    [invitations, "invitation"],
    [sealedKeys, "sealed key"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => plural(count, noun))
    .join(", ");
}

function keysOf({ firstKeys }: Left, look: Look): string[] {
  return firstKeys.length === 0 ? [] : [table(firstKeys, COLUMNS, look)];
}

function isAny({ keys, serviceTokens, invitations, sealedKeys }: Left): boolean {
  return keys + serviceTokens + invitations + sealedKeys > 0;
}
