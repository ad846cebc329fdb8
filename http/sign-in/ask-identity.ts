/** Calls Better Auth, and passes on only what the browser needs from its responses. */
import { addressOf, type Client } from "../../admission/client-address.ts";
import { json, noContent, seeOther } from "../../admission/response.ts";
import type { ErrorCode, Outcome, Problem } from "../../engine/errors.ts";
import { ADDRESS_HEADER, AUTH_PATH, pathPrefix, SIGN_IN_PAGE } from "../../identity/paths.ts";
import { withPrefix } from "../base-url.ts";
import type { HttpContext } from "../context.ts";
import { toResponse } from "../framework.ts";

export const SIGN_IN_REFUSALS: readonly ErrorCode[] = [
  "invalid_request",
  "invalid_credential",
  "forbidden",
  "not_found",
  "already_exists",
  "rate_limited",
  "identity_unavailable",
];

/**
 * Calls Better Auth. Of its response only the cookies and the redirect are passed on: its bodies hold the session's token, which must be
 * in the cookie and nowhere else.
 */
export async function askIdentity(
  context: HttpContext,
  path: string,
  from: Request,
  client: Client,
  body?: object,
): Promise<Outcome<Response>> {
  const { identity, service } = context;
  const address = addressOf(client, context.trustedProxies) || undefined;
  const response = await identity.handle(buildRequest(identity.baseUrl(), path, from, address, body));
  // The store may have caused the failure: that is an outage, which ping throws, and not a refusal of the person.
  if (response.status >= 500) await service.ping();
  if (response.status >= 400) return { ok: false, problem: await problemOf(response) };
  const location = response.status >= 300 ? response.headers.get("location") : null;
  const passed = location === null ? await bodyOf(path, response) : toResponse(seeOther(atOwnOrigin(identity.baseUrl(), location)));
  for (const cookie of response.headers.getSetCookie()) passed.headers.append("set-cookie", cookie);
  return { ok: true, value: passed };
}

/** Checks the redirect target against our own origin once more: it was stored in the meantime. */
function atOwnOrigin(baseUrl: string, location: string): string {
  const { origin } = new URL(baseUrl);
  if (URL.parse(location, baseUrl)?.origin === origin) return location;
  return `${withPrefix(pathPrefix(baseUrl), SIGN_IN_PAGE)}?error=sign_in_failed`;
}

/** The request for Better Auth: the configured origin, whatever `Host` says, and only the headers that it needs. */
function buildRequest(baseUrl: string, path: string, from: Request, address = "127.0.0.1", body?: object): Request {
  const headers = new Headers({ [ADDRESS_HEADER]: address, origin: new URL(baseUrl).origin });
  for (const name of ["cookie", "user-agent"]) {
    const value = from.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (body === undefined) return new Request(`${baseUrl}${AUTH_PATH}${path}`, { headers });
  headers.set("content-type", "application/json");
  return new Request(`${baseUrl}${AUTH_PATH}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

async function bodyOf(path: string, response: Response): Promise<Response> {
  if (path !== "/sign-in/social") return toResponse(noContent());
  const { url } = (await response.json()) as { url: string };
  return toResponse(json(200, { url }));
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_request",
  401: "invalid_credential",
  403: "forbidden",
  404: "not_found",
  422: "already_exists",
};

const WRONG_PASSWORD: Problem = { code: "invalid_request", detail: "This is not your password.", field: "currentPassword" };

/** Our own problems for some of Better Auth's codes. The response does not say whether the address or the password is wrong. */
const IN_OUR_WORDS = new Map<unknown, Problem>([
  ["INVALID_EMAIL_OR_PASSWORD", { code: "invalid_credential", detail: "No account here has this e-mail address and this password." }],
  ["INVALID_PASSWORD", WRONG_PASSWORD],
  ["CREDENTIAL_ACCOUNT_NOT_FOUND", { code: "invalid_request", detail: "This account has no password here: it signs in another way." }],
]);

async function problemOf(response: Response): Promise<Problem> {
  const code = CODES[response.status] ?? "internal";
  const said = (await response.json().catch(() => ({}))) as { code?: unknown; message?: unknown; problem?: Problem };
  const { code: theirs, message, problem } = said;
  if (problem !== undefined) return problem;
  const told = typeof message === "string" && code !== "internal" ? message : "Signing in failed.";
  return IN_OUR_WORDS.get(theirs) ?? { code, detail: told };
}

/** Counts a wrong password, code or invitation as a failed attempt. Returns the refusal for the client. */
export async function countFailure({ attempts }: HttpContext, client: Client, problem: Problem, body: object = {}): Promise<Problem> {
  const isUnknownInvitation = "invitation" in body && problem.code === "forbidden";
  const isWrong = problem.code === "invalid_credential" || problem === WRONG_PASSWORD || isUnknownInvitation;
  return isWrong ? attempts.refuse(client, problem) : problem;
}
