/**
 * `Strict-Transport-Security` (RFC 6797): where the base URL is https, everything that Keyward itself says tells browsers to stay there. For
 * this host alone, since its sisters are not ours; and what an upstream says is the upstream's matter.
 */
import { ServerResponse } from "node:http";
import type { MiddlewareHandler } from "hono";
import type { HttpContext } from "./context.ts";

export const STRICT_TRANSPORT = Object.freeze({ "strict-transport-security": "max-age=31536000" });

/** From configuration: `X-Forwarded-Proto` is what a client says. */
export function isSecure({ identity }: Pick<HttpContext, "identity">): boolean {
  return identity.baseUrl().startsWith("https:");
}

/** The response of a server whose base URL is https: `send` adds the header to what it writes to such. */
export class SecureResponse extends ServerResponse {}

/** The same for the application, which may be built before the base URL is known. */
export function strictTransport(context: Pick<HttpContext, "identity">): MiddlewareHandler {
  return async (c, next) => {
    await next();
    if (!isSecure(context)) return;
    for (const [name, value] of Object.entries(STRICT_TRANSPORT)) c.res.headers.set(name, value);
  };
}
