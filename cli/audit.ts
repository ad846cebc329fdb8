/** `keyward audit`: what was changed, by whom; as a table, JSON, CSV, or as it happens. */
import { type Command, Option } from "commander";
import { AUDIT_ACTION_NAMES } from "../engine/audit-actions.ts";
import type { AuditEntry, AuditFilter } from "../sdk/index.ts";
import { withClient } from "./client.ts";
import { followAudit } from "./follow-audit.ts";
import { type CommonOptions, example, given, onServer } from "./options.ts";
import { print } from "./output.ts";
import { type ListOptions, showPages } from "./pages.ts";
import { moment } from "./period.ts";
import { AUDIT_FIELDS } from "./record-fields.ts";
import { typedId } from "./typed-id.ts";

const AUDIT_COLUMNS = [
  ["AT", "at"],
  ["ACTION", "action"],
  ["SUBJECT", "subjectId"],
  ["BY", ({ actor }: AuditEntry) => actor.name ?? actor.id],
  ["DETAILS", "details"],
] as const;

interface AuditOptions extends CommonOptions, ListOptions, Pick<AuditFilter, "action" | "actor" | "subject" | "from" | "to"> {
  readonly org: string;
  readonly csv?: boolean;
  readonly follow?: boolean;
}

export function addAuditCommand(program: Command): void {
  onServer(
    program
      .command("audit")
      .description("show what was changed in an organization, newest first, and by whom")
      .requiredOption("--org <ID>", "the organization", typedId)
      .addOption(new Option("--action <A>", "only changes of this kind, such as key.revoked").choices(AUDIT_ACTION_NAMES))
      .option("--actor <ID>", "only changes by this person or key, or by the word operator", typedId)
      .option("--subject <ID>", "only changes of this key, person or other record", typedId)
      .option("--from <T>", "only changes from then on: 2027-01, 2027-01-31, 2027-01-31T12:00:00Z, or 7d for the last seven days", moment)
      .option("--to <T>", "only changes before then", moment)
      .option("--all", "follow every page")
      .addOption(new Option("--csv", "print every entry as CSV").conflicts(["json", "table", "follow"]))
      .addOption(
        new Option("--follow", "show the latest entries and then each new one, oldest first, until Ctrl-C").conflicts(["all", "to"]),
      )
      .addHelpText("after", example("keyward audit --org org_01m7x4yn56vfnkq4925gf9a45e --action key.revoked --from 2027-01")),
    { fields: AUDIT_FIELDS, piped: "json" },
  ).action((options: AuditOptions) =>
    withClient(options, async ({ audit }) => {
      const filter = given(options, ["action", "actor", "subject", "from", "to"]);
      // The last line has its line break.
      if (options.csv === true) return print((await audit.csv(options.org, filter)).replace(/\r\n$/, ""));
      if (options.follow === true) return followAudit((query) => audit.list(options.org, { ...filter, ...query }), options);
      await showPages(
        () => audit.list(options.org, filter),
        () => audit.listAll(options.org, filter),
        AUDIT_COLUMNS,
        options,
      );
    }),
  );
}
