/** A build of a dashboard, small and always the same: what the server is to make of it can be told byte for byte. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { traceDirectory } from "./root.ts";

export const SCRIPT = `console.log("${"the dashboard ".repeat(50)}");\n`;
export const ICON = '<svg xmlns="http://www.w3.org/2000/svg"/>';

/** `app-1.js` with both compressed copies, and `icon-1.svg` with none. */
export function smallBuild(): string {
  const directory = traceDirectory("dashboard");
  const assets = join(directory, "keyward/assets");
  mkdirSync(assets, { recursive: true });
  writeFileSync(
    join(directory, "index.html"),
    '<!doctype html><html><head><title>Keys</title><script type="module" src="./keyward/assets/app-1.js"></script></head><body></body></html>',
  );
  writeFileSync(join(directory, "secret.txt"), "not an asset");
  writeFileSync(join(assets, "app-1.js"), SCRIPT);
  writeFileSync(join(assets, "app-1.js.br"), brotliCompressSync(SCRIPT));
  writeFileSync(join(assets, "app-1.js.gz"), gzipSync(SCRIPT));
  writeFileSync(join(assets, "icon-1.svg"), ICON);
  return directory;
}
