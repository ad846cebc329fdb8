/** What the client learns of a refusal. A new reason to refuse in engine/judge.ts needs its row here. */
import type { ErrorCode, Problem } from "../engine/errors.ts";
import type { Refusal } from "../engine/judge.ts";

/** Refusals of a key itself. A rate limit's refusal includes the time to wait (`retry-after.ts`). */
type RefusalOfKey = Exclude<Refusal, "rate_limited">;

/** Unknown, wrong, revoked, disabled and expired keys get one response, so that it does not tell which keys exist (docs/decisions/0007). */
const INVALID = { code: "invalid_credential", detail: "The API key is not valid." } as const;

const PUBLIC: Readonly<Record<RefusalOfKey, { readonly code: ErrorCode; readonly detail: string }>> = {
  malformed: INVALID,
  wrong_environment: INVALID,
  not_found: INVALID,
  revoked: INVALID,
  disabled: INVALID,
  expired: INVALID,
  origin_not_allowed: { code: "origin_not_allowed", detail: "The public key may not be used from this origin." },
  insufficient_scope: { code: "insufficient_scope", detail: "The API key lacks a scope that this needs." },
  resource_not_allowed: { code: "insufficient_scope", detail: "The API key is restricted to others than this asks for." },
};

/** @param scopes the scopes that the request needed */
export function publicRefusal(refusal: RefusalOfKey, scopes: readonly string[] = []): Problem {
  const { code, detail } = PUBLIC[refusal];
  return { code, detail: refusal === "insufficient_scope" ? `${detail} Needed: ${scopes.join(", ")}.` : detail };
}
