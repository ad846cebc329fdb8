/** `npm run simulate [-- TIMES]`: every simulation of the tests, TIMES as long as in `npm test`; 100 when absent. KEYWARD_SEED repeats a run. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const times = Number(process.argv[2] ?? 100);
if (!Number.isInteger(times) || times < 1) {
  console.error("npm run simulate takes how many times as long as in npm test: a whole number of at least 1");
  process.exit(2);
}
const project = join(import.meta.dirname, "..");
const vitest = join(project, "node_modules/vitest/vitest.mjs");
const { status } = spawnSync(process.execPath, [vitest, "run", "--project", "suite", ".simulation.test.ts"], {
  cwd: project,
  env: { ...process.env, KEYWARD_SIMULATIONS: String(times) },
  stdio: "inherit",
});
process.exitCode = status ?? 1;
