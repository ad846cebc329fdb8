/** Organizations, which keys belong to. */
import { everyPage } from "../every-page.ts";
import type { Body, Query, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const ONE = "/keyward/v1/organizations/{organizationId}";
type List = "GET /keyward/v1/organizations";

export function organizationsResource(send: Send) {
  const list = (query: Query<List> = {}, options?: CallOptions) => send("GET /keyward/v1/organizations", { query }, options);
  return {
    /** One page, newest first. The operator's. */
    list,
    /** All, newest first, page after page. The operator's. */
    listAll: (options?: CallOptions) => everyPage((page) => list(page, options)),
    /** A new organization, on the default plan unless another is named. The operator's. */
    create: (body: Body<"POST /keyward/v1/organizations">, options?: CallOptions) =>
      send("POST /keyward/v1/organizations", { body }, options),
    /** Its name, plan and overrides. */
    get: (organizationId: string, options?: CallOptions) => send(`GET ${ONE}`, { params: { organizationId } }, options),
    /** Changes what is given. `plan` and `overrides` are the operator's. */
    update: (organizationId: string, body: Body<`PATCH ${typeof ONE}`>, options?: CallOptions) =>
      send(`PATCH ${ONE}`, { params: { organizationId }, body }, options),
    /** A management JWT for the organization. The operator's; people make theirs with `session.token`. */
    token: (organizationId: string, body: Body<`POST ${typeof ONE}/tokens`> = {}, options?: CallOptions) =>
      send(`POST ${ONE}/tokens`, { params: { organizationId }, body }, options),
    /** The plan with its limits, and how many keys are left. */
    plan: (organizationId: string, options?: CallOptions) => send(`GET ${ONE}/plan`, { params: { organizationId } }, options),
  };
}
