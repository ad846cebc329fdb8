/** `npm run prove -- [--operations N] [--seed N] [--nodes N]`: prints operations, faults and violations. Exit code 1 if there are any. */
import { randomInt } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prove } from "./prove.ts";

const { values } = parseArgs({
  options: {
    operations: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(randomInt(1_000_000_000)) },
    nodes: { type: "string", default: "3" },
  },
});
const [operations, seed, nodes] = [values.operations, values.seed, values.nodes].map(Number) as [number, number, number];
console.log(`${operations} operations on ${nodes} nodes, seed ${seed}`);
const directory = mkdtempSync(join(tmpdir(), "keyward-proof-"));
chmodSync(directory, 0o755);
const onProgress = (done: number) => void (process.stderr.isTTY && process.stderr.write(`\r${done} of ${operations} `));
const proof = await prove({ directory, seed, operations, nodes, onProgress });
if (process.stderr.isTTY) process.stderr.write("\r");
const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
console.log(`operations  ${proof.operations} in ${proof.seconds.toFixed(0)} s: ${listed(proof.byKind)}`);
console.log(`verdicts    ${listed(proof.verdicts)}`);
console.log(`faults      ${Object.values(proof.faults).reduce((sum, count) => sum + count, 0)}: ${listed(proof.faults)}`);
console.log(`violations  ${proof.violations.length}`);
for (const violation of proof.violations) console.log(`  ${violation}`);
if (proof.violations.length === 0) rmSync(directory, { recursive: true, force: true });
else console.log(`the nodes' logs and the database are in ${directory}`);
process.exit(proof.violations.length === 0 ? 0 : 1);
