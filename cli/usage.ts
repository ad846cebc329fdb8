/** `keyward usage`: requests from one moment to another, for bills and for whoever wonders. */
import { type Command, Option } from "commander";
import { REPORT_INTERVALS, type ReportInterval } from "../engine/usage-report.ts";
import type { KeywardClient, UsageReport } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { EXIT, Failure } from "./failure.ts";
import type { Look } from "./look.ts";
import { type CommonOptions, example, given, onServer } from "./options.ts";
import { note, print, show } from "./output.ts";
import { moment } from "./period.ts";
import { USAGE_REPORT_FIELDS } from "./record-fields.ts";
import { table } from "./table.ts";
import { typedId } from "./typed-id.ts";

const ROWS_OF_PAGE = 10_000;

interface UsageOptions extends CommonOptions {
  readonly org?: string;
  readonly key?: readonly string[];
  readonly perKey?: boolean;
  readonly outcome?: string;
  readonly from?: string;
  readonly to?: string;
  readonly by: ReportInterval;
  readonly csv?: boolean;
}

export function addUsageCommand(program: Command): void {
  onServer(
    program
      .command("usage")
      .description("show how many requests there were, by interval and outcome; without --org those of every organization")
      .option("--org <ID>", "the organization", typedId)
      .option("--key <ID>", "only this key; may be given several times", (id: string, earlier: readonly string[] = []) => [
        ...earlier,
        typedId(id),
      ])
      .option("--per-key", "a row for each key")
      .option("--outcome <O>", "only this outcome: valid, or the reason of a refusal, such as rate_limited")
      .option("--from <T>", "from then on: 2027-01, 2027-01-31, 2027-01-31T12:00:00Z, or 7d for the last seven days", moment)
      .option("--to <T>", "until just before then", moment)
      .addOption(new Option("--by <INTERVAL>", "how to add up; in UTC").choices(REPORT_INTERVALS).default("day"))
      .addOption(new Option("--csv", "print CSV").conflicts(["json", "table"]))
      .addHelpText("after", example("keyward usage --org org_01m7x4yn56vfnkq4925gf9a45e --from 2027-01 --to 2027-02 --by total --csv")),
    { fields: USAGE_REPORT_FIELDS, piped: "json" },
  ).action((options: UsageOptions) => {
    if (options.org === undefined && (options.key !== undefined || options.perKey === true))
      throw new Failure("--key and --per-key need --org", { exitCode: EXIT.usage, next: "see `keyward usage --help`" });
    return withClient(options, async ({ usage }) => {
      const query = queryOf(options);
      if (options.csv === true) {
        const csv = options.org === undefined ? usage.csvOfAll(query) : usage.csv(options.org, { ...query, ...ofKeys(options) });
        // The last line has its line break.
        return print((await csv).replace(/\r\n$/, ""));
      }
      const report = await wholeReport(usage, query, options);
      await show(report, options, (document, look) => reportTable(document, options, look));
      if (report.from < report.keptSince && options.from !== undefined)
        note(`counts before ${report.keptSince} have been deleted: this is not all since ${report.from}`, options);
    });
  });
}

/** Intervals begin on the hour; `7d` names a moment within one. */
function queryOf(options: UsageOptions) {
  const onTheHour = (time: string) => `${time.slice(0, 13)}:00:00.000Z`;
  const { from, to, ...rest } = given(options, ["from", "to", "by", "outcome"]);
  return { ...rest, ...(from !== undefined && { from: onTheHour(from) }), ...(to !== undefined && { to: onTheHour(to) }) };
}

function ofKeys({ key, perKey }: UsageOptions) {
  return { ...(key !== undefined && { keys: key.join(",") }), ...(perKey === true && { perKey: "true" as const }) };
}

/** Every page as one document. */
async function wholeReport(usage: KeywardClient["usage"], query: ReturnType<typeof queryOf>, options: UsageOptions): Promise<UsageReport> {
  const { org } = options;
  const read = (cursor?: string) => {
    const page = { ...query, limit: ROWS_OF_PAGE, ...(cursor !== undefined && { cursor }) };
    return org === undefined ? usage.ofAll(page) : usage.report(org, { ...page, ...ofKeys(options) });
  };
  const first = await read();
  const data = [...first.data];
  for (let { nextCursor } = first; nextCursor !== null; ) {
    const page = await read(nextCursor);
    data.push(...page.data);
    nextCursor = page.nextCursor;
  }
  return { ...first, data, nextCursor: null };
}

interface Line {
  readonly at: string;
  readonly id: string | null;
  readonly name: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

/** A column for each outcome, a line for each interval and each key or organization, and the totals as the last line. */
function reportTable({ data, totals = {} }: UsageReport, { org, perKey }: UsageOptions, look: Look): string {
  const outcomes = Object.keys(totals).sort();
  const byLine = Map.groupBy(data, ({ at, id }) => `${at} ${id}`);
  const used = [...byLine.values()].map((rows): Line => {
    const { at, id, name } = rows[0] as UsageReport["data"][number];
    return { at, id, name, counts: Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count])) };
  });
  const counts = outcomes.map((outcome) => [outcome.toUpperCase(), (line: Line) => line.counts[outcome] ?? 0] as const);
  const isSplit = org === undefined || perKey === true;
  const ids = isSplit ? ([[org === undefined ? "ORGANIZATION" : "KEY", "id"]] as const) : [];
  const names = isSplit ? ([["NAME", "name"]] as const) : [];
  const lines: Line[] = [...used, { at: "total", id: "", name: "", counts: totals }];
  // The exact start of an interval, not how long ago it was.
  return table(lines, [["FROM", "at"], ...ids, ...counts, ...names], { colour: look.colour });
}
