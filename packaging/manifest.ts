/** The `package.json` of a published package. */
import { asJavaScript, asTypes } from "./compile.ts";
import type { PublishedPackage } from "./packages.ts";

/** What the packages have in common with the project. */
export interface ProjectManifest {
  readonly version: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function manifest(
  project: ProjectManifest,
  { name, description, exports, bin, dependencies, optional, runsIn }: PublishedPackage,
): object {
  const { version, license, engines } = project;
  const entries = Object.entries(exports).map(([subpath, source]) => [
    subpath,
    { types: `./${asTypes(source)}`, default: `./${asJavaScript(source)}` },
  ]);
  const optionals = Object.keys(optional);
  return {
    name,
    version,
    description,
    license,
    type: "module",
    ...(runsIn === "node" && { engines }),
    ...(bin !== undefined && { bin }),
    exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
    ...(dependencies.length > 0 && { dependencies: Object.fromEntries(dependencies.map((each) => [each, project.dependencies[each]])) }),
    ...(optionals.length > 0 && {
      peerDependencies: optional,
      peerDependenciesMeta: Object.fromEntries(optionals.map((each) => [each, { optional: true }])),
    }),
  };
}
