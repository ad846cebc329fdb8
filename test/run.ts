/**
 * `npm test [-- vitest's own arguments]`. Without arguments: the suite with the browser tests, then the canary, which searches what they
 * have left in KEYWARD_TEST_ROOT. With arguments: one vitest run over whatever they choose. The last line says `N passed, N failed`.
 */
import { spawn } from "node:child_process";
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ensureBuilt } from "../dashboard/ensure-built.ts";
import { ensureChromium } from "./support/ensure-chromium.ts";
import { makeRunDirectory } from "./support/fast-directory.ts";
import { ensureProgram } from "./support/program.ts";

const project = join(import.meta.dirname, "..");
const vitest = join(project, "node_modules/vitest/vitest.mjs");

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

if (!existsSync(vitest)) {
  console.error("keyward: the tests need the development dependencies; remove node_modules and start again without NODE_ENV=production.");
  process.exit(1);
}

const args = process.argv.slice(2);
const root = makeRunDirectory();
let stop: NodeJS.Signals | undefined;

async function runStage(name: string, stageArgs: string[]): Promise<Tally> {
  const report = join(root, `${name}.report.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...stageArgs], {
    cwd: project,
    env: { ...process.env, KEYWARD_TEST_ROOT: root },
    stdio: "inherit",
  });
  const onSignal = (signal: NodeJS.Signals) => {
    stop = signal;
    child.kill(signal);
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);

  const tally = existsSync(report) ? count(JSON.parse(readFileSync(report, "utf8"))) : { passed: 0, failed: 0, skipped: 0 };
  // A crash, an unhandled rejection, no test at all: vitest says no without naming a test.
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}

function count(report: Report): Tally {
  // A file that could not be loaded, or whose hooks threw, failed without any failed test in it.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function runAll(): Promise<Tally[]> {
  if (args.length > 0) return [await runStage("chosen", args)];
  const hasChromium = ensureChromium(process.env, (sentence) => console.error(`keyward: ${sentence}`));
  const projects = ["suite", "measured", ...(hasChromium ? ["browser"] : [])];
  const tallies = [
    await runStage(
      "suite",
      projects.flatMap((name) => ["--project", name]),
    ),
  ];
  if (!hasChromium && process.env.CI === "true") tallies.push({ passed: 0, failed: 1, skipped: 0 });
  const hasCanary = globSync("test/canary/**/*.test.ts", { cwd: project }).length > 0;
  if (hasCanary && stop === undefined) tallies.push(await runStage("canary", ["--project", "canary"]));
  return tallies;
}

/** What failed browser tests have left outlives the run: it holds no secret. */
function keepPictures(): void {
  const pictures = globSync("traces/browser-*", { cwd: root });
  if (pictures.length === 0) return;
  const kept = mkdtempSync(join(tmpdir(), "keyward-pages-"));
  for (const picture of pictures) cpSync(join(root, picture), join(kept, basename(picture)), { recursive: true });
  console.error(`what the pages of failed tests showed is in ${kept}`);
}

let tallies: Tally[] = [];
try {
  // Once and first, so that the servers of parallel suites find them and none of them builds.
  await ensureBuilt({ project, say: (sentence) => console.error(`keyward: ${sentence}`) });
  process.env.KEYWARD_TEST_PROGRAM = await ensureProgram();
  tallies = await runAll();
} finally {
  keepPictures();
  rmSync(root, { recursive: true, force: true });
}

const sum = (field: keyof Tally) => tallies.reduce((total, tally) => total + tally[field], 0);
const [passed, skipped] = [sum("passed"), sum("skipped")];
let failed = sum("failed");
// vitest reports the tests that -t leaves out as skipped; those were not switched off by anybody.
const isChosenByName = args.some((arg) => arg === "-t" || arg.startsWith("--testNamePattern"));
if (process.env.CI === "true" && skipped > 0 && !isChosenByName) {
  console.error(`${skipped} skipped or todo: in CI they count as failed`);
  failed += skipped;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = stop === undefined ? Number(failed > 0) : 128 + constants.signals[stop];
