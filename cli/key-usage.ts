/** `keyward keys usage`: how a key was used lately. */
import { type Command, Option } from "commander";
import { USAGE_PERIODS, type UsagePeriod } from "../engine/usage-period.ts";
import type { Usage } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { organizationOf } from "./key-by-id.ts";
import type { Look } from "./look.ts";
import { type CommonOptions, example, onServer } from "./options.ts";
import { show } from "./output.ts";
import { KEY_USAGE_FIELDS } from "./record-fields.ts";
import { table } from "./table.ts";
import { typedId } from "./typed-id.ts";

interface UsageOptions extends CommonOptions {
  readonly period: UsagePeriod;
}

export function addKeyUsageCommand(keys: Command): void {
  onServer(
    keys
      .command("usage")
      .description("show how an API key was used lately, by interval and outcome; `keyward usage --key ID` goes further back")
      .argument("<ID>", "the key's id, not the key", typedId)
      .addOption(new Option("--period <P>", "how far back").choices(Object.keys(USAGE_PERIODS)).default("24h"))
      .addHelpText("after", example("keyward keys usage key_01m7x4yn56vfnkq4925gf9a45e --period 7d")),
    { fields: KEY_USAGE_FIELDS, piped: "json" },
  ).action((id: string, options: UsageOptions) =>
    withClient(options, async ({ keys: { find, usage } }) => {
      const key = await find(id);
      await show(await usage(organizationOf(key), key.id, { period: options.period }), options, usageTable);
    }),
  );
}

/** Intervals without use are left out; the totals are the last line. */
function usageTable({ data, totals }: Usage, look: Look): string {
  const outcomes = Object.keys(totals).sort();
  const used = data.filter((interval) => Object.keys(interval.outcomes).length > 0);
  const rows = [...used.map(({ at, outcomes: counts }) => ({ at, counts })), { at: "total", counts: totals }];
  const columns = outcomes.map((outcome) => [outcome.toUpperCase(), (row: (typeof rows)[number]) => row.counts[outcome] ?? 0] as const);
  return table(rows, [["FROM", "at"], ...columns], look);
}
