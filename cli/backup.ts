/** `keyward backup`: the embedded database in one file, also while a server runs on it. */
import type { Command } from "commander";
import { countsInWords, DATA_OPTION, requireEmbedded } from "./local-database.ts";
import { example } from "./options.ts";
import { note, show } from "./output.ts";

const INSTEAD =
  "with PostgreSQL, use `pg_dump --format=custom` for a copy, or base backups with archived write-ahead log to come back to any moment";

export function addBackupCommand(program: Command): void {
  program
    .command("backup")
    .description("copy the database into a new file, while the server runs or not; usage of the last second may be missing")
    .argument("<FILE>", "a new file; nothing is ever replaced")
    .option(...DATA_OPTION)
    .option("--json", "print a JSON document")
    .addHelpText("after", example("keyward backup /backups/keyward-2026-11-30.db"))
    .action(async (file: string, options: { data: string; json?: true }) => {
      requireEmbedded("backup", INSTEAD);
      const { backUp } = await import("../maintenance/backup.ts");
      const { madeAt, counts, secretFile, ...made } = await backUp({ dataDirectory: options.data, file, clock: Date.now });
      const document = { file: made.file, madeAt: new Date(madeAt).toISOString(), bytes: made.bytes, counts };
      await show(document, options, () => `${made.file}  ${countsInWords(counts)}`);
      if (secretFile !== undefined)
        note(`the master secret is not in it: copy ${secretFile} to another safe place, without which no key can be verified`);
    });
}
