/** Session tokens of agents, on platforms that have agents. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const ALL = "/keyward/v1/organizations/{organizationId}/agent-sessions";

export function agentSessionsResource(send: Send) {
  return {
    /** Creates a token. `token` is only in this response. `ttl` is a duration from `1s` to `1h`, default `15m`. */
    create: (organizationId: string, body: Body<`POST ${typeof ALL}`>, options?: CallOptions) =>
      send(`POST ${ALL}`, { params: { organizationId }, body }, options),
  };
}
