/** `Strict-Transport-Security` on what the framework serves, where the base URL is https. What an upstream says is passed on as it is. */
import type { MiddlewareHandler } from "hono";
import { STRICT_TRANSPORT } from "../admission/strict-transport.ts";
import type { HttpContext } from "./context.ts";

/** By configuration: a client may write any `X-Forwarded-Proto`. */
export function isSecure({ identity }: Pick<HttpContext, "identity">): boolean {
  return identity.baseUrl().startsWith("https:");
}

/** Asks on every response: the application may be built before the base URL is known. */
export function strictTransport(context: Pick<HttpContext, "identity">): MiddlewareHandler {
  return async (c, next) => {
    await next();
    if (!isSecure(context)) return;
    for (const [name, value] of Object.entries(STRICT_TRANSPORT)) c.res.headers.set(name, value);
  };
}
