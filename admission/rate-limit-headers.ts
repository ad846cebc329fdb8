/** The `RateLimit-Policy` and `RateLimit` header fields (IETF draft-ietf-httpapi-ratelimit-headers): strings with parameters. */
import type { RateLimit } from "../engine/limits.ts";

/**
 * Both headers; none for a key without limits. `q` is the quota, `w` its window in seconds, `r` what remains, `t` the seconds until more
 * does; the limit of concurrent requests has a unit (`qu`) and no window.
 * @example
 * rateLimitHeaders([{ name: "minute", limit: 60, remaining: 59, resetSeconds: 60, windowSeconds: 60 }]);
 * // { "ratelimit-policy": '"minute";q=60;w=60', ratelimit: '"minute";r=59;t=60' }
 */
export function rateLimitHeaders(limits: readonly RateLimit[]): Record<string, string> {
  if (limits.length === 0) return {};
  // On the path of every request: no list is built.
  let policy = "";
  let state = "";
  for (const { name, limit, remaining, resetSeconds, windowSeconds } of limits) {
    const isConcurrent = name === "concurrent";
    const separator = policy === "" ? "" : ", ";
    policy += isConcurrent
      ? `${separator}"${name}";q=${limit};qu="concurrent-requests"`
      : `${separator}"${name}";q=${limit};w=${windowSeconds}`;
    state += isConcurrent ? `${separator}"${name}";r=${remaining}` : `${separator}"${name}";r=${remaining};t=${resetSeconds}`;
  }
  return { "ratelimit-policy": policy, ratelimit: state };
}
