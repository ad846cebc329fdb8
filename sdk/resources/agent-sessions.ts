/** Session tokens of agents. Only where the platform has agents. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

const ALL = "/keyward/v1/organizations/{organizationId}/agent-sessions";

export function agentSessionsResource(send: Send) {
  return {
    /** The `token` is in this response alone. */
    create: (organizationId: string, body: Body<`POST ${typeof ALL}`>, options?: CallOptions) =>
      send(`POST ${ALL}`, { params: { organizationId }, body }, options),
  };
}
