/** What every route below an organization begins with. */
import type { PlainResponse, StreamedResponse } from "../../admission/response.ts";
import { type Outcome, refuse } from "../../engine/errors.ts";
import type { Acting } from "../../service/people.ts";
import { actingOf, type Caller, mayManage } from "../access.ts";
import type { HttpContext } from "../context.ts";

/**
 * Runs a route for the organization that its path names, in whichever spelling, if the caller may manage it. Another's is answered like
 * one that does not exist.
 */
export async function inOrganization<Given extends PlainResponse | StreamedResponse>(
  { service }: HttpContext,
  caller: Caller | undefined,
  presentedId: string,
  run: (organizationId: string, acting: Acting) => Promise<Outcome<Given>>,
): Promise<Outcome<Given>> {
  const organizationId = service.organizations.canonicalId(presentedId);
  if (organizationId === undefined || caller === undefined || !mayManage(caller, organizationId)) {
    return refuse("not_found", "There is no such organization.");
  }
  return run(organizationId, actingOf(caller));
}
