/** `keyward restore`: a backup into an empty data directory. */
import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import type { Restored } from "../maintenance/restore.ts";
import { serverSettings } from "./environment.ts";
import { countsInWords, onFiles, plural, requireEmbedded } from "./local-database.ts";
import { example } from "./options.ts";
import { note, type OutputOptions, show } from "./output.ts";

const INSTEAD = "with PostgreSQL, use `pg_restore` into an empty database, or its archived write-ahead log to come back to any moment";

interface RestoreCommandOptions extends OutputOptions {
  readonly data: string;
  readonly revocationsFrom: readonly string[];
}

export function addRestoreCommand(program: Command): void {
  onFiles(
    program
      .command("restore")
      .description("put a backup into an empty data directory, and say from when it is")
      .argument("<FILE>", "a backup")
      .option(
        "--revocations-from <FILE>",
        "revoke, disable or end again what this names as ended since the backup: another copy of the database, or what `keyward audit --org ID --all --json` printed; may be given several times",
        (file: string, earlier: readonly string[]) => [...earlier, file],
        [],
      )
      .addHelpText("after", example("keyward restore /backups/keyward-2026-11-30.db --revocations-from ./old-data/keyward.db")),
    ["file", "madeAt", "lastChangeAt", "counts", "endedSessions", "endedAgain", "hasSecret"],
  ).action(async (file: string, { data, revocationsFrom, ...output }: RestoreCommandOptions) => {
    requireEmbedded("restore", INSTEAD);
    const { restore } = await import("../maintenance/restore.ts");
    const restored = await restore({
      file,
      dataDirectory: data,
      endedSince: revocationsFrom,
      env: serverSettings(),
      clock: Date.now,
      randomBytes,
    });
    const document = { ...restored, madeAt: timeOf(restored.madeAt), lastChangeAt: timeOf(restored.lastChangeAt) };
    await show(document, output, () => `${restored.file}  ${countsInWords(restored.counts)}`);
    for (const sentence of remarks(restored, data)) note(sentence, output);
  });
}

/** What the operator must know before the server is started. */
function remarks({ madeAt, lastChangeAt, endedSessions, endedAgain, hasSecret }: Restored, data: string): string[] {
  const said: string[] = [];
  if (madeAt === null)
    said.push(`the backup does not say when it was made; the last change in it is from ${timeOf(lastChangeAt) ?? "never"}`);
  else said.push(`the backup is from ${timeOf(madeAt)}`);
  if (endedAgain === null)
    said.push(
      "keys and service tokens that were revoked or disabled after that moment work again: restore again with --revocations-from, or revoke them as soon as the server runs",
    );
  else {
    const { revoked, disabled, expired, serviceTokens, changesOfPeople, createdSince } = endedAgain;
    said.push(
      `ended again: ${plural(revoked.length, "key")} revoked, ${disabled.length} disabled, ${expired.length} expired, ${plural(serviceTokens.length, "service token")} revoked`,
    );
    if (createdSince > 0) said.push(`${plural(createdSince, "key")} created after the backup are not in it`);
    if (changesOfPeople > 0) said.push(`${plural(changesOfPeople, "change")} of members and invitations were not made again: look at them`);
  }
  if (endedSessions > 0) said.push("everybody has been signed out");
  if (!hasSecret) said.push(`the master secret is not there yet: set KEYWARD_SECRET, or put the file secret into ${data}`);
  return said;
}

const timeOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
