/** Routes whose requests make spans where traces are on: those of the management API, of platforms and of signing in. */
import type { Surface } from "../telemetry/surfaces.ts";
import type { HttpContext } from "./context.ts";
import type { DirectRoute } from "./direct-route.ts";

interface Traced {
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly surface: Surface;
}

/** `respond` as it is where there are no traces. Health and the like make none: they are asked every few seconds. */
export function traced(
  { tracing }: Pick<HttpContext, "tracing">,
  { method, path, surface }: Traced,
  respond: DirectRoute["respond"],
): DirectRoute["respond"] {
  if (tracing === undefined || surface === "operations") return respond;
  return (request, body, match) => {
    const { requestId, rawHeaders } = request;
    return tracing.request({ method, route: path, surface, requestId, rawHeaders }, async () => respond(request, body, match));
  };
}
