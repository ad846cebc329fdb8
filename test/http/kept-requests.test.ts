/** Requests are garbage as soon as they are answered, whatever the process has done before (docs/decisions/0024). */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** With a small young generation V8 decides soon, and by few objects, what it places among long-lived ones. */
const SMALL = "--max-semi-space-size=2";
const LOADED_FIRST = `--import=${join(import.meta.dirname, "../support/no-test-mode.ts")}`;
/** A ninth survives without the creations, most of it what is under way. Of requests that are kept, half did: the client's half does not count. */
const AT_MOST = 0.25;

test("after many creations at once, nothing of a verification outlives its response", async () => {
  const program = join(import.meta.dirname, "kept-requests.ts");
  const args = [SMALL, LOADED_FIRST, program, "--creations", "1000", "--verifications", "8000"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
  expect(Number(stdout), stdout).toBeGreaterThan(0);
  expect(Number(stdout)).toBeLessThan(AT_MOST);
});
