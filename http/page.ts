/** The dashboard's page: one HTML document for all of its paths, shown by several surfaces. */
import { problemResponse, seeOther } from "../admission/response.ts";
import { refuse } from "../engine/errors.ts";
import { pathPrefix } from "../identity/paths.ts";
import type { HttpContext } from "./context.ts";
import { toResponse } from "./framework.ts";
import { PAGE_HEADERS } from "./security-headers.ts";

/** Whether a browser asks for a page. */
export function asksForPage(request: Request): boolean {
  return request.headers.get("accept")?.includes("text/html") === true;
}

/** The page. The document is the same for each of its paths: its script reads the path. */
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
 * People type `localhost` or `127.0.0.1`, which are two sites to browsers: cookies belong to the one in the base URL. Redirects a request for
 * the other one; undefined for any other request.
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
      ? refuse("dashboard_unavailable", "The dashboard could not be built. The server's log says why.")
      : refuse("not_found", "There is nothing at this path.");
  return toResponse(problemResponse(platform, refused.problem));
}
