/**
 * Signing in, below `/keyward/auth`. Better Auth has many more endpoints than stand in this table; what does not stand here does not
 * exist. Bodies are read and checked here, so that it hears nothing that is not declared.
 */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type ErrorCode, invalid, type Outcome, ok, type Problem } from "../engine/errors.ts";
import { ADDRESS_HEADER, AUTH_PATH, pathPrefix, SIGN_IN_PAGE } from "../identity/paths.ts";
import { crossSite, isCrossSite } from "./access.ts";
import { json, noContent, problemAnswer, seeOther } from "./answer.ts";
import { ownTarget, withPrefix } from "./base-url.ts";
import { addressOf, type Client, clientOf } from "./client-address.ts";
import type { HttpContext } from "./context.ts";
import { asksForPage, showPage, toOwnName } from "./dashboard.ts";
import { inAcceptedForm } from "./error-form.ts";
import { bodyHeaders, parseJsonBody, readBytes } from "./json-body.ts";
import { negotiatedRefusals, OF_BODY, securityOf } from "./openapi.ts";
import { logFailure, toResponse } from "./route.ts";
import { check } from "./schema.ts";

const HOME = "/keyward/";

/** A path of this server; `ownTarget` decides, because only a URL parser knows where a browser goes. */
const ownPath = z
  .string()
  .max(2_000)
  .openapi({ pattern: "^/([\\w~-]+(/[\\w~-]+)*/?)?([?#].*)?$", description: "A path of this server, such as /keyward/." });

const invitation = z.string().max(100).optional().openapi({
  description: "The token of an invitation's link: whoever makes an account with it becomes a member, and it is used up.",
});
const email = z.email().max(254);
const password = z.string().min(12).max(128);
const ENDPOINTS = {
  "/sign-in/social": {
    operationId: "signIn.social",
    security: [],
    summary: "Begin to sign in with a provider; answers where the browser must go",
    body: z.strictObject({
      provider: z.string().max(64),
      callbackURL: ownPath.default(HOME),
      errorCallbackURL: ownPath.default(SIGN_IN_PAGE).openapi({ description: "A path of this server; gets ?error=<code>." }),
      invitation,
    }),
  },
  "/sign-in/email": {
    operationId: "signIn.email",
    security: [],
    summary: "Sign in with e-mail and password",
    body: z.strictObject({ email, password: z.string().max(128), rememberMe: z.boolean().optional() }),
  },
  "/sign-up/email": {
    operationId: "signIn.signUp",
    security: [],
    summary: "Make an account with e-mail and password, and sign in",
    body: z.strictObject({
      name: z.string().min(1).max(128),
      email,
      password,
      invitation,
    }),
  },
  "/change-password": {
    operationId: "signIn.changePassword",
    security: securityOf(["person"]),
    summary: "Change the password; all other sessions end",
    body: z.strictObject({ currentPassword: z.string().max(128), newPassword: password }),
  },
} as const;

const REFUSALS: readonly ErrorCode[] = [
  "invalid_credential",
  "forbidden",
  "not_found",
  "already_exists",
  "rate_limited",
  "identity_unavailable",
];

type Endpoint = keyof typeof ENDPOINTS;

export function addSignIn(app: OpenAPIHono, context: HttpContext): void {
  for (const [path, { operationId, security, summary, body }] of Object.entries(ENDPOINTS)) {
    app.openAPIRegistry.registerPath({
      method: "post",
      path: `${AUTH_PATH}${path}`,
      operationId,
      summary,
      tags: ["sign-in"],
      security: [...security],
      request: { body: { required: true, content: { "application/json": { schema: body } } } },
      responses: {
        ...(path === "/sign-in/social"
          ? { 200: { description: "Go there", content: { "application/json": { schema: z.object({ url: z.string() }) } } } }
          : { 204: { description: "Signed in; the cookie holds the session" } }),
        ...negotiatedRefusals(context.platform, OF_BODY, REFUSALS),
      },
    });
    app.post(`${AUTH_PATH}${path}`, (c) => post(inAcceptedForm(context, c.req.raw), path as Endpoint, c.req.raw, clientOf(c)));
  }
  addReturns(app, context);
}

/** Where browsers come back to: from a provider, and from the operator's terminal. */
function addReturns(app: OpenAPIHono, context: HttpContext): void {
  app.openAPIRegistry.registerPath({
    method: "get",
    path: `${AUTH_PATH}/callback/{provider}`,
    operationId: "signIn.callback",
    summary: "Come back from a provider",
    tags: ["sign-in"],
    security: [],
    request: { params: z.object({ provider: z.string() }) },
    responses: {
      303: { description: "Signed in, and on to the page that was asked for; or back to the sign-in page with ?error=<code>" },
      ...negotiatedRefusals(context.platform, REFUSALS),
    },
  });
  app.openAPIRegistry.registerPath({
    method: "get",
    path: SIGN_IN_PAGE,
    operationId: "signIn.page",
    summary: "The page to sign in; with the code of the operator's link, sign in as the operator",
    tags: ["sign-in"],
    security: [],
    request: { query: z.object({ code: z.string().optional() }) },
    responses: {
      200: { description: "The page", content: { "text/html": { schema: z.string() } } },
      303: { description: "Signed in as the operator, and on to the dashboard; a browser whose code is not good, back with ?error=<code>" },
      ...negotiatedRefusals(context.platform, REFUSALS),
    },
  });
  app.get(`${AUTH_PATH}/callback/:provider`, (c) => {
    const callback = readCallback(context, c);
    return callback === undefined ? toSignIn(context, "state_mismatch") : comeBack(context, c, callback);
  });
  app.get(SIGN_IN_PAGE, (c) => {
    const code = c.req.query("code");
    if (code === undefined) return showPage(context, c.req.raw);
    // Programs that look at links before people do must not use this one up.
    if (c.req.raw.method !== "GET") return c.body(null, 204);
    // Before the code is used up: a cookie for the machine's other name would be of no use.
    return toOwnName(context, c.req.raw) ?? comeBack(context, c, `/operator?code=${encodeURIComponent(code)}`);
  });
}

/** Longer than any code of a provider. */
const LONGEST_ANSWER = 8_192;

/**
 * The path of a callback, with what belongs into one (RFC 6749, 4.1.2; RFC 9207) and nothing else; undefined for what no provider of ours
 * sends: of anything twice, or with a state that we did not make.
 */
function readCallback({ identity }: HttpContext, c: Context): string | undefined {
  const provider = c.req.param("provider");
  if (!identity.providers.some(({ id }) => id === provider)) return undefined;
  const { searchParams } = new URL(c.req.url);
  const read = new URLSearchParams();
  for (const name of ["code", "state", "error", "iss"]) {
    const [value, another] = searchParams.getAll(name);
    if (another !== undefined || (value ?? "").length > LONGEST_ANSWER) return undefined;
    if (value !== undefined) read.set(name, value);
  }
  if (!/^[\w-]{1,128}$/.test(read.get("state") ?? "none")) return undefined;
  return `/callback/${provider}?${read}`;
}

function toSignIn({ identity }: HttpContext, error: string): Response {
  return toResponse(seeOther(`${withPrefix(pathPrefix(identity.baseUrl()), SIGN_IN_PAGE)}?error=${error}`));
}

/** A browser that comes back is always shown a page: what has failed is said on the sign-in page, and to programs as a problem. */
async function comeBack(context: HttpContext, c: Context, path: string): Promise<Response> {
  const client = clientOf(c);
  const asked = await ask(context, path, c.req.raw, client).catch((error) => ({ ok: false as const, problem: logFailure(context, error) }));
  if (asked.ok) return withShortError(asked.value);
  const problem = counted(context, client, asked.problem);
  if (!asksForPage(c.req.raw)) return toResponse(problemAnswer(inAcceptedForm(context, c.req.raw).platform, problem));
  return toSignIn(context, problem.code);
}

/** `error` is what anybody may have written into a callback's address: the page is to get a code, and no text. */
function withShortError(response: Response): Response {
  const [, path = "", query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#.*)?$/.exec(response.headers.get("location") ?? "") ?? [];
  const told = new URLSearchParams(query);
  const error = told.get("error");
  if (error === null) return response;
  told.delete("error_description");
  told.set("error", /^[a-z][a-z_]{0,63}$/.test(error) ? error : "sign_in_failed");
  response.headers.set("location", `${path}?${told}${fragment}`);
  return response;
}

/** The refusal that the client is told: a wrong password, code or invitation is a failed attempt. */
function counted({ attempts }: HttpContext, client: Client, problem: Problem, body: object = {}): Problem {
  const isUnknownInvitation = "invitation" in body && problem.code === "forbidden";
  const isWrong = problem.code === "invalid_credential" || problem === WRONG_PASSWORD || isUnknownInvitation;
  return isWrong ? attempts.refuse(client, problem) : problem;
}

async function post(context: HttpContext, path: Endpoint, request: Request, client: Client): Promise<Response> {
  const { platform, identity } = context;
  const refused = (problem: Problem) => toResponse(problemAnswer(platform, problem));
  if (isCrossSite({ method: "POST", rawHeaders: client.rawHeaders }, identity.baseUrl())) return refused(crossSite(identity.baseUrl()));
  const bytes = await readBytes(request.body);
  if (!bytes.ok) return refused(bytes.problem);
  const parsed = parseJsonBody(bytes.value, bodyHeaders(request.headers), false);
  if (!parsed.ok) return refused(parsed.problem);
  const body = check(ENDPOINTS[path].body, parsed.value, "body");
  if (!body.ok) return refused(body.problem);
  if (path !== "/sign-in/social" && identity.password === undefined)
    return refused({ code: "not_found", detail: "Passwords are not in use here." });
  const completed = forBetterAuth(context, path, body.value);
  if (!completed.ok) return refused(completed.problem);
  const asked = await ask(context, path, request, client, completed.value);
  return asked.ok ? asked.value : refused(counted(context, client, asked.problem, body.value));
}

/** Completes the body for Better Auth: redirect targets as browsers see them, and that a new password ends the other sessions. */
function forBetterAuth({ identity }: HttpContext, path: Endpoint, body: object): Outcome<object> {
  if (path === "/change-password") return ok({ ...body, revokeOtherSessions: true });
  if (path !== "/sign-in/social") return ok(body);
  const targets: Record<string, string> = {};
  for (const field of ["callbackURL", "errorCallbackURL"] as const) {
    const target = ownTarget(identity.baseUrl(), (body as z.output<(typeof ENDPOINTS)["/sign-in/social"]["body"]>)[field]);
    if (target === undefined) return invalid(field, `${field} must be a path of this server, such as /keyward/`);
    targets[field] = target;
  }
  return ok({ ...body, ...targets });
}

/**
 * Asks Better Auth, and lets of its answer go on: cookies, a redirect, where to go. Its bodies hold the session's token, which belongs
 * into the cookie alone.
 */
async function ask(context: HttpContext, path: string, from: Request, client: Client, body?: object): Promise<Outcome<Response>> {
  const { identity, service } = context;
  const address = addressOf(client, context.trustedProxies) || undefined;
  const response = await identity.handle(anew(identity.baseUrl(), path, from, address, body));
  // A failure below may have been the store's: then it is an outage, and no verdict about a person.
  if (response.status >= 500) await service.ping();
  if (response.status >= 400) return { ok: false, problem: await problemOf(response) };
  const location = response.status >= 300 ? response.headers.get("location") : null;
  const passed = location === null ? await bodyOf(path, response) : toResponse(seeOther(atOwnOrigin(identity.baseUrl(), location)));
  for (const cookie of response.headers.getSetCookie()) passed.headers.append("set-cookie", cookie);
  return { ok: true, value: passed };
}

/** Where a sign-in ends, held once more against our own origin when it goes out: a target was kept somewhere meanwhile. */
function atOwnOrigin(baseUrl: string, location: string): string {
  const { origin } = new URL(baseUrl);
  if (URL.parse(location, baseUrl)?.origin === origin) return location;
  return `${withPrefix(pathPrefix(baseUrl), SIGN_IN_PAGE)}?error=sign_in_failed`;
}

/** The request under the configured origin, whatever `Host` said, and with no header but those that Better Auth needs. */
function anew(baseUrl: string, path: string, from: Request, address = "127.0.0.1", body?: object): Request {
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
  429: "rate_limited",
};

const WRONG_PASSWORD: Problem = { code: "invalid_request", detail: "This is not your password.", field: "currentPassword" };

/** By Better Auth's codes, what its own sentences leave open. Of an address and a password it is not told which is wrong. */
const IN_OUR_WORDS = new Map<unknown, Problem>([
  ["INVALID_EMAIL_OR_PASSWORD", { code: "invalid_credential", detail: "No account here has this e-mail address and this password." }],
  ["INVALID_PASSWORD", WRONG_PASSWORD],
  ["CREDENTIAL_ACCOUNT_NOT_FOUND", { code: "invalid_request", detail: "This account has no password here: it signs in another way." }],
]);

async function problemOf(response: Response): Promise<Problem> {
  const code = CODES[response.status] ?? "internal";
  if (code === "rate_limited") {
    const retryAfterSeconds = Number(response.headers.get("x-retry-after") ?? 60);
    return { code, detail: `Too many attempts. Try again after ${retryAfterSeconds} seconds.`, retryAfterSeconds };
  }
  const said = (await response.json().catch(() => ({}))) as { code?: unknown; message?: unknown; problem?: Problem };
  const { code: theirs, message, problem } = said;
  if (problem !== undefined) return problem;
  const told = typeof message === "string" && code !== "internal" ? message : "Signing in failed.";
  return IN_OUR_WORDS.get(theirs) ?? { code, detail: told };
}
