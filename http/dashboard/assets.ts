/** The files of the built dashboard that its page names. */
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Asset, Dashboard } from "../built-dashboard.ts";
import type { HttpContext } from "../context.ts";
import { type Encoding, preferredEncodings } from "../encoding.ts";
import { absent } from "../page.ts";

export const ASSETS = "/keyward/assets/";
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
};
const ENDINGS: Readonly<Record<Encoding, string>> = { br: ".br", gzip: ".gz", identity: "" };

/** Reads a build of the dashboard from its directory. @throws Error when the directory holds no build. */
export async function openDashboard(directory: string): Promise<Dashboard> {
  const index = await readFile(join(directory, "index.html"), "utf8");
  const head = index.indexOf("<head>") + "<head>".length;
  if (head < "<head>".length) throw new Error(`the dashboard at ${directory} has a page without a head`);
  const names = await readdir(join(directory, ASSETS));
  const plain = names.filter((name) => !/\.(?:br|gz)$/.test(name));
  const assets = await Promise.all(plain.map(async (name) => [name, await openAsset(join(directory, ASSETS), name, names)] as const));
  return { directory, page: [index.slice(0, head), index.slice(head)], assets: new Map(assets) };
}

async function openAsset(folder: string, name: string, names: readonly string[]): Promise<Asset> {
  const sizes = new Map<Encoding, number>();
  for (const [encoding, ending] of Object.entries(ENDINGS) as [Encoding, string][])
    if (names.includes(name + ending)) sizes.set(encoding, (await stat(join(folder, name + ending))).size);
  return { type: TYPES[extname(name)] ?? "application/octet-stream", sizes };
}

export async function showAsset(context: HttpContext, name: string, request: Request): Promise<Response> {
  const { dashboard } = context;
  const asset = dashboard?.assets.get(name);
  if (dashboard === undefined || dashboard === null || asset === undefined) return absent(context);
  const encoding = preferredEncodings(request.headers.get("accept-encoding")).find((wanted) => asset.sizes.has(wanted)) ?? "identity";
  const headers = new Headers({
    "content-type": asset.type,
    "content-length": String(asset.sizes.get(encoding)),
    // The file's name changes with its content.
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
  });
  if (asset.sizes.size > 1) headers.set("vary", "Accept-Encoding");
  if (encoding !== "identity") headers.set("content-encoding", encoding);
  if (request.method === "HEAD") return new Response(null, { headers });
  const body = await readFile(join(dashboard.directory, ASSETS, name + ENDINGS[encoding])).catch(() => undefined);
  return body === undefined ? absent(context) : new Response(body, { headers });
}
