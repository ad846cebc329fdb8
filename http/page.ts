/** The dashboard's page: one HTML document for all of its addresses, which several surfaces show. */
import { problemResponse, seeOther } from "../admission/response.ts";
import { refuse } from "../engine/errors.ts";
import { pathPrefix } from "../identity/paths.ts";
import type { HttpContext } from "./context.ts";
import type { Encoding } from "./encoding.ts";
import { toResponse } from "./framework.ts";
import { PAGE_HEADERS } from "./security-headers.ts";

export interface Dashboard {
  readonly directory: string;
  /** `index.html` before and after the place where `<base>` belongs. */
  readonly page: readonly [string, string];
  /** By the path after `ASSETS`, as it stands in a request. What is not in here does not exist: no path of a client reaches the disk. */
  readonly assets: ReadonlyMap<string, Asset>;
}

export interface Asset {
  readonly type: string;
  /** Bytes of each file that is there. */
  readonly sizes: ReadonlyMap<Encoding, number>;
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

/** Sends the browser to another path of ours. */
export function redirectTo({ identity }: HttpContext, path: string): Response {
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

/** The refusal where there is no page or asset to show. */
export function absent({ dashboard, platform }: HttpContext): Response {
  const refused =
    dashboard === null
      ? refuse("dashboard_unavailable", "The dashboard could not be built. Why stands in the server's log.")
      : refuse("not_found", "There is nothing at this path.");
  return toResponse(problemResponse(platform, refused.problem));
}
