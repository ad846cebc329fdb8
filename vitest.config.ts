import { defineConfig } from "vitest/config";

/** What every test file gets: its own process, and the code exactly as it runs in production, imported by Node itself. */
const shared = {
  pool: "forks",
  testTimeout: 30_000,
  hookTimeout: 30_000,
  experimental: { viteModuleRunner: false },
} as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: "suite",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/canary/**", "**/node_modules/**"],
        },
      },
      // A browser uses several processes: beside others, tests that race with the clock would lose.
      {
        test: {
          ...shared,
          name: "browser",
          // While one waits for its page, another gets on.
          maxWorkers: 3,
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
