/** `keyward doctor`: the operator's checklist, made on the running server. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { INTEGRITY, type Level, POSTGRESQL } from "../engine/diagnosis.ts";
import { withClient } from "./client.ts";
import { serverSettings } from "./environment.ts";
import { EXIT, Failure } from "./failure.ts";
import { isServedFrom } from "./find-server.ts";
import { plural } from "./local-database.ts";
import { type Look, paint } from "./look.ts";
import { example, onServer } from "./options.ts";
import { type OutputOptions, show } from "./output.ts";
import { DIAGNOSIS_FIELDS } from "./record-fields.ts";
import { plain } from "./table.ts";

interface Finding {
  readonly check: string;
  readonly title: string;
  readonly level: Level;
  readonly found: string;
  readonly advice: string | null;
}

/** A larger file is read for longer than somebody waits for a list. */
const QUICK_BYTES = 1_000_000_000;

export function addDoctorCommand(program: Command): void {
  onServer(
    program
      .command("doctor")
      .description("check the running server by the operator's checklist, and say what to do; exit code 1 if there is a problem")
      .addHelpText("after", example("keyward doctor")),
    { fields: DIAGNOSIS_FIELDS, piped: "json" },
  ).action((options: OutputOptions) =>
    withClient(options, async ({ platform }, { url }) => {
      const { data, ...about } = await platform.diagnosis();
      // After a move to PostgreSQL, the file of before may still be there.
      const isEmbedded = !data.some(({ check }) => check === POSTGRESQL);
      const findings = [...data, ...(isEmbedded ? await checkDatabase(about.dataDirectory, url) : [])];
      await show({ server: url, ...about, data: findings }, options, (_document, look) => asLines(findings, look));
      const problems = findings.filter(({ level }) => level === "problem").length;
      if (problems > 0) throw new Failure(`${plural(problems, "problem")} found`, { exitCode: EXIT.error });
    }),
  );
}

/** The embedded database itself, where it is on this machine and this user may read it. */
async function checkDatabase(dataDirectory: string, url: string): Promise<readonly Finding[]> {
  const file = join(dataDirectory, "keyward.db");
  if (!existsSync(file) || !(await isServedFrom(dataDirectory, url))) return [];
  const about = { check: INTEGRITY.name, title: INTEGRITY.title };
  if (statSync(file).size > QUICK_BYTES)
    return [{ ...about, level: "warning", found: "not looked at: it is larger than 1 GB", advice: "run `keyward check`" }];
  const { check } = await import("../maintenance/check.ts");
  const { faults } = await check({ dataDirectory, file: undefined, clock: Date.now, env: serverSettings() });
  return faults.length === 0
    ? [{ ...about, level: "ok", found: "no fault", advice: null }]
    : [{ ...about, level: "problem", found: plural(faults.length, "fault"), advice: "run `keyward check`, which names them" }];
}

function asLines(findings: readonly Finding[], look: Look): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = " ".repeat("problem".length + width + 4);
  const lines = findings.flatMap(({ level, check, found, advice }) => [
    `${paint(level.padEnd("problem".length), look)}  ${check.padEnd(width)}  ${plain(found)}`,
    ...(advice === null ? [] : [`${indent}${plain(advice)}`]),
  ]);
  return lines.join("\n");
}
