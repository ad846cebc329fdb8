/** `keyward check`: whether a database is whole and its rows fit together. */
import type { Command } from "commander";
import { hasPostgres, serverSettings } from "./environment.ts";
import { EXIT, Failure } from "./failure.ts";
import { onFiles, plural } from "./local-database.ts";
import { example } from "./options.ts";
import { type OutputOptions, show } from "./output.ts";
import { fields } from "./table.ts";

interface CheckCommandOptions extends OutputOptions {
  readonly data: string;
}

export function addCheckCommand(program: Command): void {
  onFiles(
    program
      .command("check")
      .description("check the database, or a backup, and change nothing; exit code 1 if something is wrong")
      .argument("[FILE]", "a backup; default: the database in KEYWARD_DATABASE_URL or in the data directory")
      .addHelpText("after", example("keyward check /backups/keyward-2026-11-30.db")),
    ["file", "backupMadeAt", "schema", "counts", "hasSecret", "faults"],
  ).action(async (file: string | undefined, options: CheckCommandOptions) => {
    const { check, checkPostgres } = await import("../maintenance/check.ts");
    const checked =
      file === undefined && hasPostgres()
        ? await checkPostgres(Date.now, serverSettings())
        : await check({ dataDirectory: options.data, file, clock: Date.now, env: serverSettings() });
    const { backupMadeAt } = checked;
    const document = { ...checked, backupMadeAt: backupMadeAt === null ? null : new Date(backupMadeAt).toISOString() };
    await show(document, options, ({ counts, faults, ...about }) =>
      fields({ ...about, ...counts, ...(faults.length === 0 ? { faults: "none" } : numbered(faults)) }),
    );
    if (checked.faults.length > 0)
      throw new Failure(`${plural(checked.faults.length, "fault")} found in ${checked.file}`, {
        exitCode: EXIT.error,
        next: "keep this database as it is, and restore the last good backup into an empty directory",
      });
  });
}

function numbered(faults: readonly { check: string; detail: string }[]): object {
  return Object.fromEntries(faults.map(({ check, detail }, at) => [`fault ${at + 1}`, `${check}: ${detail}`]));
}
