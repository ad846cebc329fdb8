/** The processes that share a database. Only for the operator. */
import type { Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function nodesResource(send: Send) {
  return {
    /** All nodes, in the order in which they were started. Empty on the embedded database. */
    list: (options?: CallOptions) => send("GET /keyward/v1/nodes", {}, options),
  };
}
