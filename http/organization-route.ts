/** A route below an organization, for callers who may manage it. The handler gets the organization and the actor. */
import { z } from "@hono/zod-openapi";
import { refuse } from "../engine/errors.ts";
import type { Acting } from "../service/people.ts";
import { type Access, actingOf, type Caller } from "./access.ts";
import type { Application } from "./application.ts";
import type { HttpContext } from "./context.ts";
import { addRoute, type RouteDeclaration, type RouteRequest, type RouteResult, type Values } from "./route.ts";

const ORGANIZATION = "/keyward/v1/organizations/{organizationId}";
const MANAGERS: readonly Access[] = ["operator", "member"];

interface OrganizationRequest<Params extends Values, Query extends Values, Body extends Values> extends RouteRequest<Params, Query, Body> {
  /** The canonical id, however the path spells it. */
  readonly organizationId: string;
  readonly acting: Acting;
  readonly caller: Caller;
}

interface OrganizationRoute<Params extends Values, Query extends Values, Body extends Values>
  extends Omit<RouteDeclaration<Params, Query, Body>, "path" | "access" | "anonymous" | "params" | "handle"> {
  /** The path below the organization, such as `/keys/{keyId}`; empty for the organization itself. */
  readonly path: "" | `/${string}`;
  /** Parameters of the path besides the organization's id. */
  readonly params?: Params;
  /** The operator and members when absent. */
  readonly access?: readonly Access[];
  handle(request: OrganizationRequest<Params, Query, Body>): RouteResult;
}

/** Adds the route and its documentation to the application. */
export function addOrganizationRoute<Params extends Values, Query extends Values, Body extends Values>(
  app: Application,
  context: HttpContext,
  { path, params, access = MANAGERS, handle, ...route }: OrganizationRoute<Params, Query, Body>,
): void {
  addRoute(app, context, {
    ...route,
    path: `${ORGANIZATION}${path}`,
    access,
    params: z.object({ organizationId: z.string(), ...params?.shape }),
    handle(request) {
      const { caller, organizationId } = request;
      if (caller === undefined || organizationId === undefined) return refuse("not_found", "There is no such organization.");
      return handle({ ...request, params: request.params as z.output<Params>, caller, organizationId, acting: actingOf(caller) });
    },
  });
}
