/** `keyward backup`: the embedded database in one file, also while a server runs on it. */
import type { Command } from "commander";
import { countsInWords, onFiles, requireEmbedded } from "./local-database.ts";
import { example } from "./options.ts";
import { note, type OutputOptions, show } from "./output.ts";

const INSTEAD =
  "with PostgreSQL, use `pg_dump --format=custom` for a copy, or base backups with archived write-ahead log to come back to any moment";

interface BackupOptions extends OutputOptions {
  readonly data: string;
}

export function addBackupCommand(program: Command): void {
  onFiles(
    program
      .command("backup")
      .description("copy the database into a new file, while the server runs or not; usage of the last second may be missing")
      .argument("<FILE>", "a new file; nothing is ever replaced")
      .addHelpText("after", example("keyward backup /backups/keyward-2026-11-30.db")),
    ["file", "madeAt", "bytes", "counts"],
  ).action(async (file: string, options: BackupOptions) => {
    requireEmbedded("backup", INSTEAD);
    const { backUp } = await import("../maintenance/backup.ts");
    const { secretFile, ...made } = await backUp({ dataDirectory: options.data, file, clock: Date.now });
    await show({ ...made, madeAt: new Date(made.madeAt).toISOString() }, options, ({ counts }) => `${made.file}  ${countsInWords(counts)}`);
    if (secretFile !== undefined)
      note(`the master secret is not in it: copy ${secretFile} to another safe place, without which no key can be verified`, options);
  });
}
