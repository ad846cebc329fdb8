/** The addresses of the dashboard. */
import { problemResponse } from "../../admission/response.ts";
import { refuse } from "../../engine/errors.ts";
import { AUTH_PATH, DEVICE_PAGE, SIGN_IN_PAGE } from "../../identity/paths.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { toResponse } from "../framework.ts";
import { asksForPage, redirectTo, showPage } from "../page.ts";
import { ASSETS, showAsset } from "./assets.ts";

/** All pages but the sign-in page, which has a route of its own. */
const PAGES = [
  "/keyward/",
  "/keyward/invitation",
  "/keyward/account",
  DEVICE_PAGE,
  "/keyward/organizations",
  "/keyward/service-tokens",
  "/keyward/nodes",
  "/org",
  "/org/*",
];

export function addDashboard(app: Application, context: HttpContext): void {
  if (context.dashboard === undefined) return;
  const toStart = () => redirectTo(context, "/keyward/");
  app.get("/keyward", toStart);
  // Requests for the root get here only without a gateway. Browsers are redirected; programs get a 404.
  app.get("/", (c) => (asksForPage(c.req.raw) ? toStart() : c.notFound()));
  for (const path of PAGES) app.get(path, (c) => showPage(context, c.req.raw));
  app.get(`${ASSETS}*`, (c) => showAsset(context, new URL(c.req.url).pathname.slice(ASSETS.length), c.req.raw));
  const { problem } = refuse("method_not_allowed", "This path takes GET, HEAD.");
  for (const path of ["/org/*", `${ASSETS}*`])
    app.all(path, () => toResponse(problemResponse(context.platform, problem, { allow: "GET, HEAD" })));
}

/** Paths that are for programs, and the page's own files. */
const NO_PAGES = ["/keyward/v1/", `${AUTH_PATH}/`, ASSETS];

/**
 * The response to a browser at an unknown path of Keyward's: the page, which says so, with the status 404. A path with a slash too many
 * redirects to the page. Undefined for programs, and where no dashboard is served.
 */
export function noSuchPage(context: HttpContext, request: Request): Response | undefined {
  const { pathname, search } = new URL(request.url);
  const isForPage = ["GET", "HEAD"].includes(request.method) && asksForPage(request);
  const isLikePage = pathname.startsWith("/keyward/") && !NO_PAGES.some((path) => pathname.startsWith(path));
  if (!isForPage || !isLikePage || context.dashboard === undefined || context.dashboard === null) return undefined;
  const meant = pathname.replace(/\/+$/, "");
  if ([...PAGES, SIGN_IN_PAGE].includes(meant)) return redirectTo(context, meant + search);
  const { body, headers, status } = showPage(context, request);
  return new Response(body, { headers, status: status === 200 ? 404 : status });
}
