/** Puts libraries into a package: one file for each, with the names that the package imports. */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { rolldown } from "rolldown";

/** Where libraries are, in the package. */
const VENDOR = "vendor";

/** Bundles the libraries, and lets the compiled files in `directory` import them from there. Returns the names of the packages that are inside. */
export async function bundle(project: string, directory: string, libraries: readonly string[]): Promise<readonly string[]> {
  if (libraries.length === 0) return [];
  const files = globSync("**/*.js", { cwd: directory });
  const exportsOf = (library: string) => `export { ${namesImported(directory, files, library).join(", ")} } from "${library}";`;
  const input = Object.fromEntries(libraries.map((library) => [fileOf(library), `entry:${library}`]));
  const built = await rolldown({
    cwd: project,
    input,
    platform: "node",
    plugins: [
      {
        name: "entries",
        resolveId: (id) => (id.startsWith("entry:") ? join(project, `${fileOf(id.slice("entry:".length))}.entry.js`) : undefined),
        load(id) {
          const inside = libraries.filter((each) => id === join(project, `${fileOf(each)}.entry.js`));
          return inside.length === 0 ? undefined : inside.map(exportsOf).join("\n");
        },
      },
    ],
  });
  const { output } = await built.write({
    dir: join(directory, VENDOR),
    format: "esm",
    // What is bundled stays as readable as it was written, and maps of it would be a fifth of the package.
    sourcemap: false,
    chunkFileNames: "shared-[name].js",
  });
  for (const path of files) importFromVendor(directory, path, libraries);
  const modules = output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
  return [...new Set(modules.flatMap((id) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []))].sort();
}

/** One file for a package, whichever of its entries are used. */
const fileOf = (library: string) => library.split("/", 1)[0] ?? "";

function namesImported(directory: string, files: readonly string[], library: string): string[] {
  const clause = new RegExp(`import \\{([^}]*)\\} from "${library}"`, "g");
  const names = files.flatMap((path) => [...readFileSync(join(directory, path), "utf8").matchAll(clause)].map(([, list = ""]) => list));
  return [...new Set(names.flatMap((list) => list.split(",")).map((name) => name.trim().replace(/ as .*/, "")))].filter(
    (name) => name !== "",
  );
}

function importFromVendor(directory: string, path: string, libraries: readonly string[]): void {
  const text = readFileSync(join(directory, path), "utf8");
  const up = posix.relative(dirname(path), VENDOR);
  const replaced = libraries.reduce(
    (code, library) => code.replaceAll(` from "${library}"`, ` from "${up.startsWith(".") ? up : `./${up}`}/${fileOf(library)}.js"`),
    text,
  );
  if (replaced !== text) writeFileSync(join(directory, path), replaced);
}
