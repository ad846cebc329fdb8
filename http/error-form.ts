/** Chooses the form of a refusal: the platform's own, or problem details if `Accept` names them. */
import type { Platform } from "../platforms/define.ts";
import { problemDetails } from "../platforms/problem-details.ts";
import type { HttpContext } from "./context.ts";

const MEDIA_TYPE = "application/problem+json";
/** Keyward's own paths, except those that judge keys. */
const MANAGEMENT = /^\/keyward\/(?!v1\/(?:whoami|verify)$)/;
const withProblemDetails = new WeakMap<Platform, Platform>();

/**
 * The context with the error form that the request accepts (RFC 9110, 12.5.1). Routes that are called with a platform's key or by its
 * gateways always use the platform's form.
 */
export function inAcceptedForm<Context extends Pick<HttpContext, "platform">>(context: Context, { url, headers }: Request): Context {
  return inForm(context, new URL(url).pathname, headers.get("accept"));
}

/** The same for a request as node:http or a route has it. */
export function inFormAcceptedBy<Context extends Pick<HttpContext, "platform">>(
  context: Context,
  { url = "", headers }: { readonly url?: string | undefined; readonly headers: { readonly accept?: string | undefined } },
): Context {
  return inForm(context, url.split("?", 1)[0] ?? "", headers.accept ?? null);
}

function inForm<Context extends Pick<HttpContext, "platform">>(context: Context, path: string, accept: string | null): Context {
  if (!namesProblemDetails(accept) || !MANAGEMENT.test(path)) return context;
  const { platform } = context;
  const other = withProblemDetails.get(platform) ?? Object.freeze({ ...platform, errorForm: problemDetails });
  withProblemDetails.set(platform, other);
  return { ...context, platform: other };
}

/** Wildcards do not count: programs without a preference send them. */
function namesProblemDetails(accept: string | null): boolean {
  if (accept === null) return false;
  return accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return type === MEDIA_TYPE && !parameters.some((parameter) => /^q=0(?:\.0{0,3})?$/.test(parameter));
  });
}
