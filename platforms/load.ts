/** Loads the platform that `--platform` names: one that Keyward knows, or the default export of a file. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { definePlatform, type Platform, type PlatformDefinition } from "./define.ts";
import { PLATFORMS } from "./index.ts";

/** A name with a dot or a slash is a path, relative to the working directory. @throws Error with one sentence that says what is wrong. */
export async function loadPlatform(name: string): Promise<Platform> {
  const known = PLATFORMS.get(name);
  if (known !== undefined) return known;
  if (!/[/\\.]/.test(name))
    throw new Error(
      `there is no platform ${JSON.stringify(name)}; take one of ${[...PLATFORMS.keys()].join(", ")}, or the path of a file that exports one as default`,
    );
  const module: { default?: PlatformDefinition } = await import(pathToFileURL(resolve(name)).href).catch((cause) => {
    throw new Error(`the platform file ${name} cannot be loaded: ${cause instanceof Error ? cause.message : cause}`, { cause });
  });
  if (module.default?.keyForm === undefined)
    throw new Error(`the platform file ${name} must export a platform made with definePlatform as default`);
  return definePlatform(module.default);
}
