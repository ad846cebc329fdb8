/** Admission of a request that presents a platform credential: what whoami, the platform's own routes and the gateway begin with. */
import type { ErrorCode, Problem } from "../engine/errors.ts";
import type { Ask, Refusal } from "../engine/judge.ts";
import { secondsUntil } from "../engine/limits.ts";
import type { Admitting } from "../http/context.ts";
import type { Verdict } from "../service/index.ts";
import type { Client } from "./client-address.ts";
import { corsHeaders, isForWebsites } from "./cors.ts";
import { extractCredential } from "./credential.ts";
import { originOf } from "./origin.ts";
import { rateLimitHeaders } from "./rate-limit-headers.ts";
import { type Answer, challenge, problemAnswer } from "./response.ts";

/** An admitted request, with the headers that its answer carries; or the answer that turns it away. */
export type Admission =
  | { readonly verdict: Extract<Verdict, { valid: true }>; readonly headers: Readonly<Record<string, string>> }
  | { readonly answer: Answer };

/**
 * What each refusal is to the one who presented the credential. Unknown, wrong, revoked, disabled and expired are one answer:
 * it tells nothing about which keys exist.
 */
const PUBLIC: Readonly<Record<Refusal, { code: ErrorCode; detail: string }>> = {
  malformed: { code: "invalid_credential", detail: "The API key is not valid." },
  wrong_environment: { code: "invalid_credential", detail: "The API key is not valid." },
  not_found: { code: "invalid_credential", detail: "The API key is not valid." },
  revoked: { code: "invalid_credential", detail: "The API key is not valid." },
  disabled: { code: "invalid_credential", detail: "The API key is not valid." },
  expired: { code: "invalid_credential", detail: "The API key is not valid." },
  origin_not_allowed: { code: "origin_not_allowed", detail: "The public key may not be used from this origin." },
  insufficient_scope: { code: "insufficient_scope", detail: "The API key lacks a scope that this needs." },
  resource_not_allowed: { code: "insufficient_scope", detail: "The API key is restricted to others than this asks for." },
  rate_limited: { code: "rate_limited", detail: "" },
};

/** Admits a request by its header lines. With `holds`, it is under way until `release` on its verdict. */
export function admitRequest(context: Admitting, client: Client, ask?: Ask, holds = false): Admission | Promise<Admission> {
  const { platform, service } = context;
  const { rawHeaders: headers } = client;
  const extracted = extractCredential(headers, platform.credentials);
  if (extracted.found === "none")
    return { answer: refusal(context, { code: "missing_credential", detail: `Send an API key in ${places(context)}.` }) };
  if (extracted.found === "several")
    return { answer: refusal(context, { code: "multiple_credentials", detail: "Send one credential, in one header, once." }) };
  const asked = isForWebsites(context) ? { ...ask, origin: originOf(headers) } : ask;
  const verdict = service.verify(extracted.presented, asked, holds);
  const admission = (judged: Verdict) =>
    toAdmission(
      context,
      client,
      judged,
      ask,
      corsHeaders(context, headers, judged.valid || judged.code === "rate_limited" ? judged.key : undefined),
    );
  return verdict instanceof Promise ? verdict.then(admission) : admission(verdict);

  function places({ platform: { credentials } }: Admitting): string {
    return credentials.map(({ header, scheme }) => (scheme === undefined ? `${header}: <key>` : `${header}: ${scheme} <key>`)).join(" or ");
  }
}

function toAdmission(
  context: Admitting,
  client: Client,
  verdict: Verdict,
  ask: Ask | undefined,
  cors: Readonly<Record<string, string>>,
): Admission {
  const limits = { ...cors, ...rateLimitHeaders(verdict.rateLimits()) };
  if (verdict.valid) return { verdict, headers: limits };
  const { code, detail: sentence } = PUBLIC[verdict.code];
  const detail = verdict.code === "insufficient_scope" ? `${sentence} Needed: ${ask?.scopes?.join(", ")}.` : sentence;
  if (code === "invalid_credential")
    return { answer: refusal(context, context.attempts.refuse(client, { code, detail }), undefined, cors) };
  if (code !== "rate_limited") return { answer: refusal(context, { code, detail }, ask?.scopes, cors) };
  const retryAfterSeconds = secondsUntil(verdict.retryAt, context.service.clock());
  return {
    answer: problemAnswer(
      context.platform,
      { code, detail: `Rate limit exceeded. Retry after ${retryAfterSeconds} seconds.`, retryAfterSeconds },
      limits,
    ),
  };
}

function refusal(
  { platform }: Admitting,
  problem: Problem,
  scopes?: readonly string[],
  cors: Readonly<Record<string, string>> = {},
): Answer {
  const { code } = problem;
  const challenged = code === "missing_credential" || code === "invalid_credential" || code === "insufficient_scope";
  const headers = challenged ? { "www-authenticate": challenge(platform.title, platform.credentials, code, scopes) } : {};
  return problemAnswer(platform, problem, { ...headers, ...cors });
}
