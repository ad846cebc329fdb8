/** The dependencies of a package, copied from the checkout: npm then has less to download and unpack, and looks at all of them as before. */
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";

const project = join(import.meta.dirname, "../..");

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * Copies what the manifest of a tarball names, and what that needs, into the project in `directory`. npm, which installs the tarball
 * afterwards, adds what is missing, replaces what does not satisfy a manifest and removes what none asks for.
 */
export function copyKnownDependencies(tarball: string, directory: string): void {
  const manifest: Locked = JSON.parse(execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" }));
  for (const name of closureOf(Object.keys(manifest.dependencies ?? {})))
    cpSync(join(project, "node_modules", name), join(directory, "node_modules", name), { recursive: true });
}

/** With all that npm installs for them, according to our lock file. */
function closureOf(names: readonly string[]): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as { packages: Record<string, Locked> };
  const reached = new Set(names);
  for (const name of reached) {
    const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = packages[`node_modules/${name}`] ?? {};
    const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
    for (const each of [...Object.keys(dependencies), ...peers]) reached.add(each);
  }
  return [...reached].filter((name) => packages[`node_modules/${name}`] !== undefined);
}
