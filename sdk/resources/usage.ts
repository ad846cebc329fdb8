/** Usage of several keys. */
import type { Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function usageResource(send: Send) {
  return {
    /** Requests by day (in UTC) and outcome. At most 100 keys; 1 to 30 days, default 7. Days without use are left out. */
    ofKeys: (organizationId: string, { keys, days }: { keys: readonly string[]; days?: number | undefined }, options?: CallOptions) =>
      send(
        "GET /keyward/v1/organizations/{organizationId}/usage",
        { params: { organizationId }, query: { keys: keys.join(","), days } },
        options,
      ),
  };
}
