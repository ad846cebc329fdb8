/** Who may call a documented route, by its `access`: the holder of a key, a member with a JWT, or anybody. */
import { AddressLimiter } from "../../admission/address-limiter.ts";
import { admitRequest } from "../../admission/admit.ts";
import { addressOf } from "../../admission/client-address.ts";
import { BEARER, extractCredential } from "../../admission/credential.ts";
import { noteRefusal } from "../../admission/note-refusal.ts";
import { type PlainResponse, problemResponse } from "../../admission/response.ts";
import { tooMany } from "../../admission/retry-after.ts";
import { refuse } from "../../engine/errors.ts";
import { may, type Permission } from "../../engine/roles.ts";
import type { CredentialPlace, Platform, PlatformRoute } from "../../platforms/define.ts";
import type { Actor } from "../../service/index.ts";
import { authenticate } from "../access.ts";
import type { HttpContext } from "../context.ts";
import type { RouteInput } from "../direct-route.ts";

/** The permission that a member's role needs. */
const PERMISSIONS = { create: "keys", list: "read", get: "read", revoke: "keys" } as const satisfies Record<
  PlatformRoute["operation"],
  Permission
>;

/** An admitted request. `organizationId` is null on a route that needs no credential. */
export interface Admitted {
  readonly organizationId: string | null;
  readonly actor: Actor;
  /** The key that authenticates the request, where one does. */
  readonly keyId: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Returns the function that admits or refuses requests of this route. */
export function routeAccess(
  context: HttpContext,
  route: PlatformRoute,
): (request: RouteInput) => Promise<Admitted | { response: PlainResponse }> {
  const { platform, service } = context;
  switch (route.access) {
    case "key":
      return async (request) => {
        const admitted = await admitRequest(context, request);
        if ("response" in admitted) {
          const { requestId, method, url: target } = request;
          noteRefusal(context, admitted, undefined, { surface: "platform", requestId, client: request, method, target });
          return admitted;
        }
        const { id, organizationId } = admitted.verdict.key;
        return { organizationId, actor: { keyId: id }, keyId: id, headers: admitted.headers };
      };
    case "member":
      return async (request) => {
        // A key beside the JWT is a second credential, though only the JWT counts here.
        if (extractCredential(request.rawHeaders, everyPlace(platform)).found === "several") {
          return {
            response: problemResponse(platform, refuse("multiple_credentials", "Send one credential, in one header, once.").problem),
          };
        }
        const authenticated = await authenticate(context, request, ["member"]);
        if ("response" in authenticated) return authenticated;
        const { caller } = authenticated;
        const refused = (detail: string) => ({ response: problemResponse(platform, { code: "forbidden", detail }) });
        if (caller.kind !== "member") return refused("Send the JWT of a member: it says which organization is meant.");
        const { organizationId, actor, role } = caller;
        if (!may(role, PERMISSIONS[route.operation])) return refused(`The role ${role} may not do this.`);
        return { organizationId, actor, keyId: undefined, headers: {} };
      };
    case "anonymous": {
      const limiter = new AddressLimiter(route.perAddress, {
        together: service.countTogether && { count: service.countTogether, kind: `anonymous ${route.path}` },
      });
      return async (request) => {
        const retryAt = await limiter.admitEverywhere(addressOf(request, context.trustedProxies), service.monotonic());
        if (retryAt === 0) return { organizationId: null, actor: "anonymous", keyId: undefined, headers: {} };
        return { response: problemResponse(platform, tooMany("Rate limit exceeded.", retryAt, service.monotonic())) };
      };
    }
  }
}

function everyPlace({ credentials }: Platform): readonly CredentialPlace[] {
  return [...BEARER, ...credentials.filter(({ header }) => header !== "authorization")];
}
