/** Organizations, which own keys. */
import { everyPage } from "../every-page.ts";
import type { Body, Query, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const ONE = "/keyward/v1/organizations/{organizationId}";
type List = "GET /keyward/v1/organizations";

export function organizationsResource(send: Send) {
  const list = (query: Query<List> = {}, options?: CallOptions) => send("GET /keyward/v1/organizations", { query }, options);
  return {
    /** One page, newest first. Only for the operator. */
    list,
    /** Iterates over all organizations, newest first. Only for the operator. */
    listAll: (options?: CallOptions) => everyPage((page) => list(page, options)),
    /** Creates an organization, on the default plan unless `plan` is given. Only for the operator. */
    create: (body: Body<"POST /keyward/v1/organizations">, options?: CallOptions) =>
      send("POST /keyward/v1/organizations", { body }, options),
    /** Its name, plan and overrides. */
    get: (organizationId: string, options?: CallOptions) => send(`GET ${ONE}`, { params: { organizationId } }, options),
    /** Changes the given fields. Only the operator may change `plan` and `overrides`. */
    update: (organizationId: string, body: Body<`PATCH ${typeof ONE}`>, options?: CallOptions) =>
      send(`PATCH ${ONE}`, { params: { organizationId }, body }, options),
    /** Creates a management JWT for the organization. `ttl` is a duration from `1s` to `24h`, default `15m`. Only for the operator; people use `session.token`. */
    token: (organizationId: string, body: Body<`POST ${typeof ONE}/tokens`> = {}, options?: CallOptions) =>
      send(`POST ${ONE}/tokens`, { params: { organizationId }, body }, options),
    /** The plan with its limits, and how many more keys it allows. */
    plan: (organizationId: string, options?: CallOptions) => send(`GET ${ONE}/plan`, { params: { organizationId } }, options),
  };
}
