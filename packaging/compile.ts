/** Compiles the sources of a package, and leaves only what its exports and programs reach. */
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PublishedPackage } from "./packages.ts";
import { reachableFrom } from "./reachable.ts";
import { typescript } from "./typescript.ts";

const PLATFORM_OPTIONS = {
  node: {},
  anywhere: { target: "es2024", lib: ["es2024", "dom", "dom.iterable"] },
} as const;

/** JavaScript, types and source maps of the package, in the folders of the sources. @throws Error with what the compiler said */
export async function compile(project: string, directory: string, { exports, programs, runsIn }: PublishedPackage): Promise<void> {
  const exported = Object.values(exports);
  const options = { ...PLATFORM_OPTIONS[runsIn], rootDir: project, outDir: directory, typeRoots: [join(project, "node_modules/@types")] };
  await runCompiler(project, `${directory}.tsconfig.json`, [...exported, ...programs], {
    ...options,
    sourceMap: true,
    inlineSources: true,
  });
  // These sources have just been checked.
  const declarations = { declaration: true, emitDeclarationOnly: true, noCheck: true };
  await runCompiler(project, `${directory}.tsconfig.json`, exported, { ...options, ...declarations });
  for (const path of globSync("**/*.d.ts", { cwd: directory })) nameJavaScript(join(directory, path));
  prune(directory, exported, programs);
}

async function runCompiler(project: string, file: string, sources: readonly string[], options: object): Promise<void> {
  const compilerOptions = { noEmit: false, noEmitOnError: true, allowImportingTsExtensions: false, rewriteRelativeImportExtensions: true };
  const files = sources.map((path) => join(project, path));
  const extended = join(project, "tsconfig.json");
  writeFileSync(file, JSON.stringify({ extends: extended, compilerOptions: { ...compilerOptions, ...options }, files, include: [] }));
  const complaints = await typescript(["-p", file]).finally(() => rmSync(file));
  if (complaints !== "") throw new Error(`the compiler refuses it:\n${complaints}`);
}

/** The compiler leaves `.ts` in the imports of declarations, where there is a `.d.ts` beside a `.js`. */
function nameJavaScript(file: string): void {
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/((?:from|import)\s*\(?\s*")(\.{1,2}\/[^"]+)\.ts"/g, '$1$2.js"'));
}

function prune(directory: string, exported: readonly string[], programs: readonly string[]): void {
  const javascript = reachableFrom(directory, [...exported, ...programs].map(asJavaScript));
  const types = reachableFrom(directory, exported.map(asTypes));
  const kept = new Set([...javascript, ...javascript.map((path) => `${path}.map`), ...types]);
  for (const path of globSync("**/*.{js,map,d.ts}", { cwd: directory })) if (!kept.has(path)) rmSync(join(directory, path));
}

export const asJavaScript = (source: string) => source.replace(/\.ts$/, ".js");
export const asTypes = (source: string) => source.replace(/\.ts$/, ".d.ts");
