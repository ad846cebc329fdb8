/** The example behind a platform: its own API in small, a file of examples/ that nothing of Keyward depends on. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Failure } from "./failure.ts";

const EXAMPLES = join(import.meta.dirname, "../examples");

interface Example {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the example of a platform on a free port of this machine alone. @throws Failure when the platform has none. */
export async function startExample(platform: string, directory: string): Promise<Example> {
  const file = join(EXAMPLES, `${platform}.ts`);
  // A name and nothing else: a platform's file has no example, wherever it is.
  const isThere = /^[a-z]+$/.test(platform) && existsSync(file);
  const module: { start?(place: { directory: string; port: number }): Promise<Example> } = isThere
    ? await import(pathToFileURL(file).href)
    : {};
  if (module.start === undefined)
    throw new Failure(
      `there is no example behind the platform ${JSON.stringify(platform)}; start without --example, or put your own API behind it with --upstream`,
    );
  return module.start({ directory, port: 0 });
}
