/** `keyward copy`: from the embedded database to PostgreSQL, or back. */
import { type Command, Option } from "commander";
import { postgresVariables } from "./environment.ts";
import { EXIT, Failure } from "./failure.ts";
import { DATA_OPTION, plural } from "./local-database.ts";
import { example } from "./options.ts";
import { note, show } from "./output.ts";
import { table } from "./table.ts";

interface CopyOptions {
  readonly data: string;
  readonly to?: string;
  readonly from?: string;
  readonly json?: true;
}

const URL_HELP = "the password is better left to PGPASSWORD or a password file, for arguments can be seen by other people of this machine";

export function addCopyCommand(program: Command): void {
  program
    .command("copy")
    .description("copy everything from the embedded database to PostgreSQL, or back, while no server runs on either")
    .addOption(new Option("--to <URL>", `the PostgreSQL database to copy into, which must be empty; ${URL_HELP}`).conflicts("from"))
    .option("--from <URL>", "the PostgreSQL database to copy from, into an empty data directory")
    .option(...DATA_OPTION)
    .option("--json", "print a JSON document")
    .addHelpText("after", example("keyward copy --to postgres://keyward@db.example.com/keyward --data ./data"))
    .action(async ({ data, to, from, json }: CopyOptions) => {
      const url = to ?? from;
      if (url === undefined)
        throw new Failure("say where to copy: --to URL or --from URL", { exitCode: EXIT.usage, next: "see `keyward copy --help`" });
      const { copyDatabase } = await import("../maintenance/copy.ts");
      const tables = await copyDatabase({
        dataDirectory: data,
        postgres: { url, variables: postgresVariables() },
        to: to === undefined ? "embedded" : "postgres",
        onRows: progress(),
      });
      await show({ tables }, json === true ? { json } : {}, () =>
        table(tables, [
          ["TABLE", "table"],
          ["ROWS", "rows"],
          ["SHA-256", "digest"],
        ]),
      );
      const rows = tables.reduce((sum, each) => sum + each.rows, 0);
      note(`${plural(rows, "row")} copied; both databases have been read again and are the same`);
      note(
        to === undefined
          ? `start the server on ${data} with the same KEYWARD_SECRET and without KEYWARD_DATABASE_URL`
          : "start the servers with KEYWARD_DATABASE_URL and the same KEYWARD_SECRET; keep the old data directory until you have seen them work",
      );
    });
}

/** One line on a terminal, rewritten for each page. Nothing elsewhere. */
function progress(): (name: string, rows: number, of: number) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return (name, rows, of) => {
    process.stderr.write(`\r\u001b[K${name}: ${rows} of ${of}`);
    if (rows >= of) process.stderr.write("\r\u001b[K");
  };
}
