/** A request is garbage once its response has been sent, whatever the process has done before (docs/decisions/0024). */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** With a small young generation V8 soon decides, after few objects, which literals it allocates among the long-lived ones. */
const SMALL = "--max-semi-space-size=2";
const LOADED_FIRST = `--import=${join(import.meta.dirname, "../support/no-test-mode.ts")}`;
/** What is under way survives, about a ninth. With requests that were kept it was half: the other half is the client's. */
const AT_MOST = 0.25;

test("after many creations at once, nothing of a verification outlives its response", async () => {
  const program = join(import.meta.dirname, "kept-requests.ts");
  const args = [SMALL, LOADED_FIRST, program, "--creations", "1000", "--verifications", "8000"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
  expect(Number(stdout), stdout).toBeGreaterThan(0);
  expect(Number(stdout)).toBeLessThan(AT_MOST);
});
