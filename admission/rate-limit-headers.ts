/** The `RateLimit-Policy` and `RateLimit` header fields (IETF draft-ietf-httpapi-ratelimit-headers): strings with parameters. */
import type { RateLimit } from "../engine/limits.ts";

/** `q` is the quota, `w` its window in seconds, `r` what remains, `t` the seconds until more does; concurrency has the unit `qu`. */
export function rateLimitHeaders(limits: readonly RateLimit[]): Record<string, string> {
  if (limits.length === 0) return {};
  const policy = limits.map(({ name, limit, windowSeconds }) =>
    name === "concurrent" ? `"${name}";q=${limit};qu="concurrent-requests"` : `"${name}";q=${limit};w=${windowSeconds}`,
  );
  const state = limits.map(({ name, remaining, resetSeconds }) =>
    name === "concurrent" ? `"${name}";r=${remaining}` : `"${name}";r=${remaining};t=${resetSeconds}`,
  );
  return { "ratelimit-policy": policy.join(", "), ratelimit: state.join(", ") };
}
