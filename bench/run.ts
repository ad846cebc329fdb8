/**
 * `npm run bench [-- in-process memory first http forward-auth adapter creation better-auth server]`: measures, and prints one table. Without names, everything.
 * Progress goes to standard error. The exit code says whether it could be measured, not whether a target was met.
 */
import { adapter } from "./adapter.ts";
import { betterAuth } from "./better-auth.ts";
import { creation } from "./creation.ts";
import { firstPresentations } from "./first-presentations.ts";
import { forwardAuth } from "./forward-auth.ts";
import { httpVerify } from "./http-verify.ts";
import { inProcess } from "./in-process.ts";
import { memory } from "./memory.ts";
import { endAll } from "./processes.ts";
import { server } from "./server.ts";
import { note, type Row, tableOf } from "./table.ts";

const measures: Readonly<Record<string, () => Promise<Row[]>>> = {
  __proto__: null as never,
  "in-process": inProcess,
  memory,
  first: firstPresentations,
  http: httpVerify,
  "forward-auth": forwardAuth,
  adapter,
  creation,
  "better-auth": betterAuth,
  server,
};

const names = process.argv.slice(2);
const unknown = names.find((name) => measures[name] === undefined);
if (unknown !== undefined) {
  console.error(`there is no measure ${unknown}; there are: ${Object.keys(measures).join(", ")}`);
  process.exit(2);
}

const rows: Row[] = [];
for (const name of names.length > 0 ? names : Object.keys(measures)) {
  const began = performance.now();
  process.stderr.write(`measuring ${name} …`);
  try {
    rows.push(...((await measures[name]?.()) ?? []));
  } catch (error) {
    // The others are still worth their table.
    rows.push(note(`${name} could not be measured: ${error instanceof Error ? error.message : error}`));
    process.exitCode = 1;
  }
  await endAll();
  process.stderr.write(` ${Math.round((performance.now() - began) / 1_000)} s\n`);
}
console.log(tableOf(rows));
