/** Starts the example of a platform: a small version of its API, from a file in examples/ that does not depend on Keyward. */
import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Failure } from "./failure.ts";

const EXAMPLES = join(import.meta.dirname, "../examples");

interface Example {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the example of a platform on a free port of this machine alone. @throws Failure when the platform has none. */
export async function startExample(platform: string, directory: string): Promise<Example> {
  // In a published package the examples are JavaScript, as this file is.
  const file = join(EXAMPLES, platform + extname(import.meta.filename));
  // Only a name: a platform that is loaded from a file has no example.
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
