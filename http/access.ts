/** Who may call a route, found from the credential alone. */
import { timingSafeEqual } from "node:crypto";
import type { ErrorCode } from "../engine/errors.ts";
import { fingerprint } from "../service/secrets.ts";
import type { Answer } from "./answer.ts";
import { challenge, problemAnswer } from "./answer.ts";
import type { HttpContext } from "./context.ts";
import { BEARER, extractCredential } from "./credential.ts";
import { readManagementJwt } from "./management-jwt.ts";

/** The operator may do everything; a member everything in one organization; a service may verify. */
export type Caller =
  | { readonly kind: "operator"; readonly actor: "operator" }
  | { readonly kind: "member"; readonly actor: string; readonly organizationId: string }
  | { readonly kind: "service"; readonly actor: "service" };

export type Access = Caller["kind"];

const OPERATOR: Caller = Object.freeze({ kind: "operator", actor: "operator" });
const SERVICE: Caller = Object.freeze({ kind: "service", actor: "service" });

/** The caller of a request, or the answer that turns it away. The operator may do whatever the others may. */
export async function authenticate(
  context: HttpContext,
  headers: readonly string[],
  allowed: readonly Access[],
): Promise<{ caller: Caller } | { answer: Answer }> {
  const refused = (code: ErrorCode, detail: string) => ({
    answer: problemAnswer(
      context.platform,
      { code, detail },
      code === "multiple_credentials" || code === "forbidden" ? {} : { "www-authenticate": challenge("keyward", BEARER, code) },
    ),
  });
  const extracted = extractCredential(headers, BEARER);
  if (extracted.found === "none") return refused("missing_credential", "Send a credential as Authorization: Bearer <token>.");
  if (extracted.found === "several") return refused("multiple_credentials", "Send one Authorization header.");
  const { presented } = extracted;
  if (isOperator(context, presented)) return { caller: OPERATOR };
  const caller = await knownCaller(context, presented);
  if (caller === undefined) return refused("invalid_credential", "The token is not valid, or has expired.");
  return allowed.includes(caller.kind) ? { caller } : refused("forbidden", "This credential may not do this.");
}

async function knownCaller(context: HttpContext, presented: string): Promise<Caller | undefined> {
  if (await context.service.serviceTokens.isValid(presented)) return SERVICE;
  const claims = await readManagementJwt(context.service, presented);
  return claims && { kind: "member", ...claims };
}

function isOperator({ operatorFingerprint }: HttpContext, presented: string): boolean {
  return timingSafeEqual(Buffer.from(fingerprint(presented), "latin1"), Buffer.from(operatorFingerprint, "latin1"));
}

/** Whether the caller may touch this organization. Another's is answered like one that does not exist. */
export function mayManage(caller: Caller, organizationId: string): boolean {
  return caller.kind === "operator" || (caller.kind === "member" && caller.organizationId === organizationId);
}
