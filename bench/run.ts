/**
 * `npm run bench [-- [--runs N] [--json FILE] MEASURE...]`: measures, and prints one table. Without names, everything. With `--runs`, the table
 * has the run in the middle and the worst. Progress goes to standard error. The exit code says whether it could be measured, not whether a
 * target was met.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { adapter } from "./adapter.ts";
import { betterAuth } from "./better-auth.ts";
import { creation } from "./creation.ts";
import { firstPresentations } from "./first-presentations.ts";
import { forwardAuth } from "./forward-auth.ts";
import { STATES } from "./http-states.ts";
import { httpVerify } from "./http-verify.ts";
import { inProcess } from "./in-process.ts";
import { memory } from "./memory.ts";
import { nodeLimits } from "./node-limits.ts";
import { nodes } from "./nodes.ts";
import { postgres } from "./postgres.ts";
import { endAll } from "./processes.ts";
import { rowsOfRuns } from "./runs.ts";
import { server } from "./server.ts";
import { note, type Row, tableOf } from "./table.ts";
import { threads } from "./threads.ts";

const measures: Readonly<Record<string, () => Promise<Row[]>>> = {
  __proto__: null as never,
  "in-process": inProcess,
  memory,
  first: firstPresentations,
  http: () => httpVerify(),
  "forward-auth": forwardAuth,
  adapter,
  creation,
  "better-auth": betterAuth,
  server,
  nodes,
  "node-limits": nodeLimits,
  threads,
  postgres,
};

/** One state of `http` alone, such as `http-fresh`. */
const parts: typeof measures = Object.assign(
  Object.create(null),
  Object.fromEntries(STATES.map((state) => [`http-${state.name}`, () => httpVerify([state])])),
);

const { names, runs, jsonFile } = readArguments();
const results: Row[][] = [];
for (let run = 1; run <= runs; run++) {
  const rows: Row[] = [];
  for (const name of names) rows.push(...(await measured(name, runs === 1 ? "" : ` (run ${run} of ${runs})`)));
  results.push(rows);
}
const rows = rowsOfRuns(results);
console.log(tableOf(rows));
if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify({ machine: machine(), runs: results, rows }, undefined, 2)}\n`);

async function measured(name: string, which: string): Promise<Row[]> {
  const began = performance.now();
  process.stderr.write(`measuring ${name}${which} …`);
  try {
    return (await (measures[name] ?? parts[name])?.()) ?? [];
  } catch (error) {
    // The others are still worth their table.
    process.exitCode = 1;
    return [note(`${name} could not be measured: ${error instanceof Error ? error.message : error}`)];
  } finally {
    await endAll();
    process.stderr.write(` ${Math.round((performance.now() - began) / 1_000)} s\n`);
  }
}

function readArguments() {
  const { values, positionals } = parseArgs({ options: { runs: { type: "string" }, json: { type: "string" } }, allowPositionals: true });
  const runs = Number(values.runs ?? 1);
  const unknown = positionals.find((name) => (measures[name] ?? parts[name]) === undefined);
  if (unknown !== undefined) fail(`there is no measure ${unknown}; there are: ${Object.keys({ ...measures, ...parts }).join(", ")}`);
  if (!Number.isInteger(runs) || runs < 1) fail("--runs takes a whole number of at least 1");
  return { names: positionals.length > 0 ? positionals : Object.keys(measures), runs, jsonFile: values.json };
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

/** Figures without the machine that they come from mean little. */
function machine(): Readonly<Record<string, string | number>> {
  const [{ model } = { model: "unknown" }, ...others] = cpus();
  return { node: process.version, cpu: model, cores: others.length + 1, at: new Date().toISOString() };
}
