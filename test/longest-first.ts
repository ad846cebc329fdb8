/** The order in which test files start. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Those that take longest, from the longest on. One of them, started last, would keep one core busy and leave the others idle; and how
 * long a file takes cannot be told from its size, which is what vitest goes by in a fresh clone.
 */
const LONGEST = [
  "browser/barriers-keys",
  "browser/keys-at-scale",
  "browser/barriers-platforms",
  "browser/states",
  "browser/barriers",
  "browser/bad-input",
  "browser/key-page",
  "browser/pasted-key",
  "browser/signing-in",
  "browser/hostile-content",
  "browser/people",
  "browser/agentpay",
  "browser/agentwallex",
  "browser/accessibility",
  "browser/agentsgt",
  "browser/ampersend",
  "packaging/packages",
  "http/openapi-tools",
  "http/gateway/gateway",
  "cli/keys",
  "cli/serve",
  "telemetry/traces",
  "http/gateway/access-log",
  "http/memory",
  "cli/tokens",
  "contract/agentsend",
  "contract/agentwallex",
  "dashboard/built-once",
  "house/start",
  "house/docs",
  "house/systems",
  "contract/every-platform",
  "cli/finding-the-server",
  "cli/keys-refused",
  "http/node-server",
  "http/drawn-requests",
].map((name) => join(import.meta.dirname, `${name}.test.ts`));

const absent = LONGEST.filter((file) => !existsSync(file));
if (absent.length > 0) throw new Error(`test/longest-first.ts names files that are not there: ${absent.join(", ")}`);

const rankOf = ({ moduleId }: TestSpecification) => (LONGEST.includes(moduleId) ? LONGEST.indexOf(moduleId) : LONGEST.length);

export class LongestFirst extends BaseSequencer {
  /** The others follow in vitest's own order. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other));
  }
}
