/** `npm run package`: writes `dist/keyward.tgz`, `dist/keyward-core.tgz` and `dist/keyward-sdk.tgz`, ready to be published or installed. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, join, sep } from "node:path";
import { ensureBuilt } from "../dashboard/ensure-built.ts";
import { bundle } from "./bundle.ts";
import { compile } from "./compile.ts";
import { manifest, type ProjectManifest } from "./manifest.ts";
import { type PublishedPackage, publishedPackages } from "./packages.ts";
import { importsOf } from "./reachable.ts";

const project = join(import.meta.dirname, "..");
const dist = join(project, "dist");
const own: ProjectManifest = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));

/** The file that a package becomes: `@keyward/core` is `keyward-core.tgz`. */
const tarballOf = (name: string) => `${name.replace("@", "").replace("/", "-")}.tgz`;

const directoryOf = (name: string) => join(dist, "packages", tarballOf(name).replace(".tgz", ""));

async function build(each: PublishedPackage): Promise<void> {
  const directory = directoryOf(each.name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await compile(project, directory, each);
  const inside = await bundle(project, directory, each.bundled);
  if (each.hasDashboard === true) await addDashboard(directory);
  copyFiles(directory, "manual", each.manual ?? []);
  copyFiles(directory, ".", each.deploy ?? []);
  for (const path of Object.values(each.bin ?? {})) addCommand(directory, path);
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(manifest(own, each), null, 2)}\n`);
  writeFileSync(join(directory, "LICENSE"), licenses(inside));
  cpSync(join(project, each.readme), join(directory, "README.md"));
  checkImports(directory, each);
}

async function addDashboard(directory: string): Promise<void> {
  const built = await ensureBuilt({ project, say: (sentence) => console.error(`keyward: ${sentence}`) });
  if (built === null) throw new Error("the dashboard could not be built");
  cpSync(built, join(directory, "dashboard/dist", basename(built)), { recursive: true });
}

/** As the project has them: pages name each other by their paths. */
function copyFiles(directory: string, folder: string, pages: readonly string[]): void {
  for (const path of globSync(pages, { cwd: project })) cpSync(join(project, path), join(directory, folder, path));
}

/** A launcher that an older Node can read, to say that it is too old. */
function addCommand(directory: string, path: string): void {
  mkdirSync(join(directory, "bin"), { recursive: true });
  cpSync(join(project, "packaging/launcher.js"), join(directory, path));
  chmodSync(join(directory, path), 0o755);
}

/** Ours, and those of the libraries that are inside. */
function licenses(libraries: readonly string[]): string {
  const others = libraries.map((name) => `\n\n---\n\nThis package contains parts of ${name}:\n\n${licenseOf(name)}`);
  return readFileSync(join(project, "LICENSE"), "utf8") + others.join("");
}

function licenseOf(library: string): string {
  const [file] = globSync("LICEN[CS]E*", { cwd: join(project, "node_modules", library) });
  if (file === undefined) throw new Error(`${library} has no license file`);
  return readFileSync(join(project, "node_modules", library, file), "utf8");
}

/** What is imported must come with the package, or be named in its manifest. @throws Error that names the import */
function checkImports(directory: string, { dependencies, optional, name }: PublishedPackage): void {
  const known = [...dependencies, ...Object.keys(optional), name];
  for (const path of globSync(["**/*.js", "**/*.d.ts"], { cwd: directory, exclude: ["dashboard/dist/**", "vendor/**"] }))
    for (const specifier of importsOf(readFileSync(join(directory, path), "utf8"))) {
      if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
      if (!known.some((each) => specifier === each || specifier.startsWith(`${each}/`)))
        throw new Error(`${name}: ${path} imports ${specifier}, which nothing installs`);
    }
}

/** All at once: each npm takes longer to start than to pack. It runs on the machine's own Node, as in bin/with-node. */
function pack(names: readonly string[]): void {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.endsWith(`${sep}node_modules${sep}.bin`));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const options = ["--json", "--ignore-scripts", "--loglevel=error"];
  const { status, stdout, stderr } = spawnSync("npm", ["pack", ...options, ...names.map(directoryOf)], {
    cwd: join(dist, "packages"),
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`npm could not pack ${names.join(", ")}:\n${stderr}`);
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1_000)} KB`;
  for (const { name, filename, size, unpackedSize } of Object.values(JSON.parse(stdout) as Record<string, Packed>)) {
    renameSync(join(dist, "packages", filename.replace("@", "").replace("/", "-")), join(dist, tarballOf(name)));
    console.log(`dist/${tarballOf(name)}  ${kilobytes(size)}, ${kilobytes(unpackedSize)} unpacked`);
  }
}

/** What npm tells of a tarball, its sizes in bytes. */
interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
}

const examples = globSync("examples/*.ts", { cwd: project });
const packages = publishedPackages(Object.keys(own.dependencies), examples);
await Promise.all(packages.map(build));
pack(packages.map(({ name }) => name));
