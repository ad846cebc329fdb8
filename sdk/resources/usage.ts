/** Use of many keys at once. */
import type { Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function usageResource(send: Send) {
  return {
    /** Outcomes by day: at most 100 keys; 1 to 30 days, default 7. A day without use is omitted. */
    ofKeys: (organizationId: string, { keys, days }: { keys: readonly string[]; days?: number | undefined }, options?: CallOptions) =>
      send(
        "GET /keyward/v1/organizations/{organizationId}/usage",
        { params: { organizationId }, query: { keys: keys.join(","), days } },
        options,
      ),
  };
}
