/**
 * Signing in, below `/keyward/auth`. Better Auth has many more endpoints; only those in this table exist here. Bodies are read and checked
 * here, so that Better Auth gets nothing undeclared.
 */
import { z } from "@hono/zod-openapi";
import type { Client } from "../../admission/client-address.ts";
import { problemResponse } from "../../admission/response.ts";
import { invalid, type Outcome, ok, type Problem } from "../../engine/errors.ts";
import { PASSWORD_LENGTH } from "../../identity/password-length.ts";
import { AUTH_PATH, SIGN_IN_PAGE } from "../../identity/paths.ts";
import { crossSite, isCrossSite } from "../access.ts";
import type { Application } from "../application.ts";
import { ownTarget } from "../base-url.ts";
import { check } from "../check-input.ts";
import type { HttpContext } from "../context.ts";
import { inAcceptedForm } from "../error-form.ts";
import { clientOf, toResponse } from "../framework.ts";
import { bodyHeaders, parseJsonBody, readBytes } from "../json-body.ts";
import { negotiatedRefusals, OF_BODY, securityOf } from "../openapi.ts";
import { currentRequestId } from "../request-scope.ts";
import { askIdentity, countFailure, SIGN_IN_REFUSALS } from "./ask-identity.ts";
import { addReturns } from "./callbacks.ts";

const HOME = "/keyward/";

/** A path of this server as our own pages have them. `ownTarget` decides, because only a URL parser knows where a browser goes. */
const ownPath = z
  .string()
  .max(2_000)
  .regex(/^\/([\w~-]+(\/[\w~-]+)*\/?)?([?#][\x21-\x5b\x5d-\x7e]*)?$/, "must be a path of this server, such as /keyward/")
  .openapi({ description: "A path of this server, such as /keyward/." });

const invitation = z.string().max(100).optional().openapi({
  description: "The token of an invitation's link. The new account becomes a member, and the invitation is used up.",
});
/** The generator of the document writes `format: email` alone, which allows addresses that this pattern refuses. */
const email = z.email().max(254).openapi({ pattern: z.regexes.email.source });
const password = z.string().min(PASSWORD_LENGTH.minimum).max(PASSWORD_LENGTH.maximum);
const ENDPOINTS = {
  "/sign-in/social": {
    operationId: "signIn.social",
    security: [],
    summary: "Begin to sign in with a provider; returns the URL that the browser must open",
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
    body: z.strictObject({ email, password: z.string().max(PASSWORD_LENGTH.maximum), rememberMe: z.boolean().optional() }),
  },
  "/sign-up/email": {
    operationId: "signIn.signUp",
    security: [],
    summary: "Create an account with e-mail and password, and sign in",
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
    body: z.strictObject({ currentPassword: z.string().max(PASSWORD_LENGTH.maximum), newPassword: password }),
  },
} as const;

type Endpoint = keyof typeof ENDPOINTS;

export function addSignIn(app: Application, context: HttpContext): void {
  for (const [path, { operationId, security, summary, body }] of Object.entries(ENDPOINTS)) {
    app.addOperation(() => ({
      method: "post",
      path: `${AUTH_PATH}${path}`,
      operationId,
      summary,
      tags: ["sign-in"],
      security: [...security],
      request: { body: { required: true, content: { "application/json": { schema: body } } } },
      responses: {
        ...(path === "/sign-in/social"
          ? {
              200: {
                description: "The URL that the browser must open",
                content: { "application/json": { schema: z.object({ url: z.string() }) } },
              },
            }
          : { 204: { description: "Signed in; the cookie holds the session" } }),
        ...negotiatedRefusals(context.platform, OF_BODY, SIGN_IN_REFUSALS),
      },
    }));
    app.post(`${AUTH_PATH}${path}`, (c) => {
      const client = clientOf(c);
      const serve = () => post(inAcceptedForm(context, c.req.raw), path as Endpoint, c.req.raw, client);
      const { tracing } = context;
      if (tracing === undefined) return serve();
      const { rawHeaders } = client;
      const route = `${AUTH_PATH}${path}`;
      return tracing.request({ method: "POST", route, surface: "sign-in", requestId: currentRequestId(), rawHeaders }, serve);
    });
  }
  addReturns(app, context);
}

async function post(context: HttpContext, path: Endpoint, request: Request, client: Client): Promise<Response> {
  const { platform, identity } = context;
  const refused = (problem: Problem) => toResponse(problemResponse(platform, problem));
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
  const account = await accountTried(context, body.value, request);
  const tooEarly = await context.signInAttempts.begin(client, account);
  if (tooEarly !== undefined) return refused(tooEarly);
  const asked = await askIdentity(context, path, request, client, completed.value);
  if (!asked.ok) return refused(await countFailure(context, client, asked.problem, body.value));
  if (account !== undefined) await context.signInAttempts.succeed(account);
  if ("email" in body.value) rememberDevice(context, asked.value, body.value.email, request);
  return asked.value;
}

/**
 * The name by which attempts at one password are counted: the account; a browser that has signed in to the account before, separately; or the
 * session that changes its password. Undefined where no password is tried.
 */
async function accountTried({ identity }: HttpContext, body: object, { headers }: Request): Promise<string | undefined> {
  const cookie = headers.get("cookie") ?? undefined;
  if ("currentPassword" in body) {
    const session = await identity.session(cookie);
    return session && `session ${session.id}`;
  }
  if (!("email" in body && typeof body.email === "string") || "name" in body) return undefined;
  const email = body.email.toLowerCase();
  const device = identity.knownDevice(cookie, email);
  return device === undefined ? `account ${email}` : `device ${device} ${email}`;
}

function rememberDevice({ identity }: HttpContext, response: Response, email: string, { headers }: Request): void {
  if (identity.knownDevice(headers.get("cookie") ?? undefined, email) === undefined)
    response.headers.append("set-cookie", identity.deviceCookie(email));
}

/** Completes the body for Better Auth: resolves redirect targets as browsers do, and has a new password end the other sessions. */
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
