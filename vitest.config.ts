import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

/** Measures what a process keeps, so it has one that no other file has used. */
const MEASURED = "test/http/memory.test.ts";

/**
 * What every test file gets: the code exactly as it runs in production, imported by Node itself. Files share their worker process, which
 * has loaded the modules for the first of them: a process for each file would take longer to start than most files take to run. So a
 * test undoes what it changes in its process, and a hook of a shared module would run for one file only.
 */
const shared = {
  pool: "forks" as const,
  isolate: false,
  // The last of V8's compilers takes more time for code that runs for seconds than it saves; what is a process of its own has it.
  execArgv: ["--no-opt"],
  setupFiles: ["test/support/no-test-mode.ts", "test/support/cheap-passwords.ts"],
  testTimeout: 30_000,
  hookTimeout: 30_000,
  experimental: { viteModuleRunner: false },
} satisfies Record<string, unknown>;

export default defineConfig({
  test: {
    // While one waits for a server or a page, another gets on.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: "suite",
          globalSetup: ["test/support/postgres-on-demand.ts"],
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/canary/**", MEASURED, "**/node_modules/**"],
        },
      },
      { test: { ...shared, name: "measured", include: [MEASURED], isolate: true } },
      // A browser uses several processes: beside others, tests that race with the clock would lose.
      {
        test: {
          ...shared,
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 60_000,
          expect: { poll: { timeout: 15_000 } },
          sequence: { groupOrder: 1 },
        },
      },
      // The canary searches what all other tests have left behind, so it starts when they have ended.
      { test: { ...shared, name: "canary", include: ["test/canary/**/*.test.ts"], sequence: { groupOrder: 2 } } },
    ],
  },
});
