/** The routes that judge keys, which are served ahead of the framework. */
import type { HttpContext } from "../context.ts";
import type { DirectRoute } from "../direct-route.ts";
import { verifyRoute } from "./verify.ts";
import { whoamiRoute } from "./whoami.ts";

export function directRoutes(context: HttpContext): readonly DirectRoute[] {
  return [verifyRoute(context), whoamiRoute(context)];
}
