/** The built dashboard: one page for all of its addresses, and the assets that the page names. */
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { problemResponse, seeOther } from "../../admission/response.ts";
import { refuse } from "../../engine/errors.ts";
import { AUTH_PATH, pathPrefix, SIGN_IN_PAGE } from "../../identity/paths.ts";
import type { HttpContext } from "../context.ts";
import { type Encoding, preferredEncodings } from "../encoding.ts";
import { toResponse } from "../framework.ts";
import { PAGE_HEADERS } from "./page-headers.ts";

export interface Dashboard {
  readonly directory: string;
  /** `index.html` before and after the place where `<base>` belongs. */
  readonly page: readonly [string, string];
  /** By the path after `ASSETS`, as it stands in a request. What is not in here does not exist: no path of a client reaches the disk. */
  readonly assets: ReadonlyMap<string, Asset>;
}

interface Asset {
  readonly type: string;
  /** Bytes of each file that is there. */
  readonly sizes: ReadonlyMap<Encoding, number>;
}

const ASSETS = "/keyward/assets/";
/** All but the sign-in page, which the operator's link leads to also. */
const PAGES = [
  "/keyward/",
  "/keyward/invitation",
  "/keyward/account",
  "/keyward/organizations",
  "/keyward/service-tokens",
  "/org",
  "/org/*",
];

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

/** Reads what a build consists of. @throws Error when it is none. */
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

export function addDashboard(app: OpenAPIHono, context: HttpContext): void {
  if (context.dashboard === undefined) return;
  const toStart = () => lead(context, "/keyward/");
  app.get("/keyward", toStart);
  // Only without a gateway does a request for the root come here. To programs the platform's API has nothing there.
  app.get("/", (c) => (asksForPage(c.req.raw) ? toStart() : c.notFound()));
  for (const path of PAGES) app.get(path, (c) => showPage(context, c.req.raw));
  app.get(`${ASSETS}*`, (c) => showAsset(context, new URL(c.req.url).pathname.slice(ASSETS.length), c.req.raw));
  const { problem } = refuse("method_not_allowed", "This path takes GET, HEAD.");
  for (const path of ["/org/*", `${ASSETS}*`])
    app.all(path, () => toResponse(problemResponse(context.platform, problem, { allow: "GET, HEAD" })));
}

/** Whether a browser asks, and wants something to show. */
export function asksForPage(request: Request): boolean {
  return request.headers.get("accept")?.includes("text/html") === true;
}

/** The page, whichever of its addresses was asked for; it reads the address itself. */
export function showPage(context: HttpContext, request: Request): Response {
  const { dashboard, identity } = context;
  if (dashboard === undefined || dashboard === null) return absent(context);
  const elsewhere = toOwnName(context, request);
  if (elsewhere !== undefined) return elsewhere;
  const html = `${dashboard.page[0]}<base href="${pathPrefix(identity.baseUrl())}/">${dashboard.page[1]}`;
  const headers = { ...PAGE_HEADERS, "content-length": String(Buffer.byteLength(html)) };
  return new Response(html, { headers });
}

/** What programs ask for, and the page's own files. */
const NO_PAGES = ["/keyward/v1/", `${AUTH_PATH}/`, ASSETS];

/**
 * What a browser is shown at an address of Keyward's that is nothing's: the page, which says so. A slash too much leads to the page that
 * is meant. Undefined for programs, and where there is no page.
 */
export function noSuchPage(context: HttpContext, request: Request): Response | undefined {
  const { pathname, search } = new URL(request.url);
  const isForPage = ["GET", "HEAD"].includes(request.method) && asksForPage(request);
  const isLikePage = pathname.startsWith("/keyward/") && !NO_PAGES.some((path) => pathname.startsWith(path));
  if (!isForPage || !isLikePage || context.dashboard === undefined || context.dashboard === null) return undefined;
  const meant = pathname.replace(/\/+$/, "");
  if ([...PAGES, SIGN_IN_PAGE].includes(meant)) return lead(context, meant + search);
  const { body, headers, status } = showPage(context, request);
  return new Response(body, { headers, status: status === 200 ? 404 : status });
}

/** To another address of ours. */
function lead({ identity }: HttpContext, path: string): Response {
  return toResponse(seeOther(pathPrefix(identity.baseUrl()) + path));
}

const LOOPBACK = ["localhost", "127.0.0.1"];

/**
 * This machine has two names that people type, and to browsers they are two sites: cookies and changes belong to that of the base URL. A
 * request for the other one is led there; undefined for all else.
 */
export function toOwnName({ identity }: HttpContext, request: Request): Response | undefined {
  const [asked, base] = [new URL(request.url), new URL(identity.baseUrl())];
  const areBothLoopback = [asked, base].every(({ hostname }) => LOOPBACK.includes(hostname));
  if (asked.hostname === base.hostname || asked.port !== base.port || !areBothLoopback) return undefined;
  return toResponse(seeOther(identity.baseUrl() + asked.pathname + asked.search));
}

async function showAsset(context: HttpContext, name: string, request: Request): Promise<Response> {
  const { dashboard } = context;
  const asset = dashboard?.assets.get(name);
  if (dashboard === undefined || dashboard === null || asset === undefined) return absent(context);
  const encoding = preferredEncodings(request.headers.get("accept-encoding")).find((wanted) => asset.sizes.has(wanted)) ?? "identity";
  const headers = new Headers({
    "content-type": asset.type,
    "content-length": String(asset.sizes.get(encoding)),
    // Its name changes with its content.
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

function absent({ dashboard, platform }: HttpContext): Response {
  const refused =
    dashboard === null
      ? refuse("dashboard_unavailable", "The dashboard could not be built. Why stands in the server's log.")
      : refuse("not_found", "There is nothing at this path.");
  return toResponse(problemResponse(platform, refused.problem));
}
