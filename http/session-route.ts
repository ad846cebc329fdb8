/** A route for a person who has signed in: the handler gets the session. */
import { refuse } from "../engine/errors.ts";
import type { Session } from "../service/index.ts";
import type { Caller } from "./access.ts";
import type { Application } from "./application.ts";
import type { HttpContext } from "./context.ts";
import { addRoute, type RouteDeclaration, type RouteRequest, type RouteResult, type Values } from "./route.ts";

interface SessionRoute<Params extends Values, Query extends Values, Body extends Values>
  extends Omit<RouteDeclaration<Params, Query, Body>, "access" | "anonymous" | "handle"> {
  handle(request: RouteRequest<Params, Query, Body> & { readonly session: Session }): RouteResult;
}

/** Adds the route and its documentation to the application. The operator's token has no session and is refused. */
export function addSessionRoute<Params extends Values, Query extends Values, Body extends Values>(
  app: Application,
  context: HttpContext,
  route: SessionRoute<Params, Query, Body>,
): void {
  addRoute(app, context, {
    ...route,
    access: ["person"],
    handle(request) {
      const session = sessionOf(request.caller);
      return session === undefined
        ? refuse("forbidden", "Only somebody who has signed in here may do this.")
        : route.handle({ ...request, session });
    },
  });
}

/** The session that the caller has signed in with; undefined for tokens. */
export function sessionOf(caller: Caller | undefined): Session | undefined {
  return caller === undefined || caller.kind === "service" ? undefined : caller.session;
}
