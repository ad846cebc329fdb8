/** Which compiled files a package needs: those that its entries import, directly or not. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";

const IMPORTS = [
  /\b(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"/g,
  /\bimport\s*"([^"]+)"/g,
  /\bimport\s*\(\s*"([^"]+)"\s*\)/g,
  // A worker's file.
  /\bnew URL\([^)]*?"(\.[^"]+\.js)"/g,
];

/** Comments that begin a line: the examples in them import too. */
const COMMENTS = /^[ \t]*(?:\/\*[\s\S]*?\*\/|\/\/.*)/gm;

/** Everything that a compiled file imports, as it is written. */
export function importsOf(text: string): string[] {
  const code = text.replace(COMMENTS, "");
  return IMPORTS.flatMap((pattern) => [...code.matchAll(pattern)].map(([, specifier = ""]) => specifier));
}

/** Paths relative to `directory`, the entries included. Of declarations (`.d.ts`) it follows the declarations. */
export function reachableFrom(directory: string, entries: readonly string[]): string[] {
  const reached = new Set(entries);
  for (const path of reached) {
    const isTypes = path.endsWith(".d.ts");
    for (const specifier of importsOf(readFileSync(join(directory, path), "utf8"))) {
      if (!specifier.startsWith(".")) continue;
      const target = posix.join(posix.dirname(path), specifier);
      reached.add(isTypes ? target.replace(/\.js$/, ".d.ts") : target);
    }
  }
  return [...reached];
}
