/** The URLs that browsers return to when signing in: from a provider, or with the operator's link. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { problemResponse, seeOther } from "../../admission/response.ts";
import { AUTH_PATH, pathPrefix, SIGN_IN_PAGE } from "../../identity/paths.ts";
import type { Application } from "../application.ts";
import { withPrefix } from "../base-url.ts";
import type { HttpContext } from "../context.ts";
import { inAcceptedForm } from "../error-form.ts";
import { logFailure } from "../failure.ts";
import { clientOf, toResponse } from "../framework.ts";
import { negotiatedRefusals } from "../openapi.ts";
import { asksForPage, showPage, toOwnName } from "../page.ts";
import { askIdentity, countFailure, SIGN_IN_REFUSALS } from "./ask-identity.ts";

/** No provider's code is longer. */
const LONGEST_CODE = 8_192;
/** The parameters of a callback: RFC 6749, 4.1.2, and RFC 9207. */
const callbackQuery = z.object({
  code: z.string().max(LONGEST_CODE).optional(),
  state: z.string().optional(),
  error: z.string().optional(),
  iss: z.string().optional(),
});

export function addReturns(app: Application, context: HttpContext): void {
  app.addOperation(() => ({
    method: "get",
    path: `${AUTH_PATH}/callback/{provider}`,
    operationId: "signIn.callback",
    summary: "The callback of a provider",
    tags: ["sign-in"],
    security: [],
    request: { params: z.object({ provider: z.string() }), query: callbackQuery },
    responses: {
      303: { description: "Signed in: to the page that was asked for. Otherwise to the sign-in page with ?error=<code>" },
      ...negotiatedRefusals(context.platform, SIGN_IN_REFUSALS),
    },
  }));
  app.addOperation(() => ({
    method: "get",
    path: SIGN_IN_PAGE,
    operationId: "signIn.page",
    summary: "The sign-in page; with the code of the operator's link, sign in as the operator",
    tags: ["sign-in"],
    security: [],
    request: { query: z.object({ code: z.string().optional() }) },
    responses: {
      200: { description: "The page", content: { "text/html": { schema: z.string() } } },
      303: {
        description: "Signed in as the operator: to the dashboard. With a code that is not valid: back to the page with ?error=<code>",
      },
      ...negotiatedRefusals(context.platform, SIGN_IN_REFUSALS),
    },
  }));
  app.get(`${AUTH_PATH}/callback/:provider`, (c) => {
    const callback = readCallback(context, c);
    return callback === undefined ? toSignIn(context, "state_mismatch") : finishSignIn(context, c, callback);
  });
  app.get(SIGN_IN_PAGE, (c) => {
    const code = c.req.query("code");
    if (code === undefined) return showPage(context, c.req.raw);
    // Programs that preview links with HEAD must not use this one up.
    if (c.req.raw.method !== "GET") return c.body(null, 204);
    // Redirect before the code is used up: a cookie for the machine's other name would not be sent.
    return toOwnName(context, c.req.raw) ?? finishSignIn(context, c, `/operator?code=${encodeURIComponent(code)}`);
  });
}

/**
 * The path of a callback with its own parameters (RFC 6749, 4.1.2; RFC 9207) and no others. Undefined for what none of our providers
 * sends: a repeated parameter, or a state in another form than ours.
 */
function readCallback({ identity }: HttpContext, c: Context): string | undefined {
  const provider = c.req.param("provider");
  if (!identity.providers.some(({ id }) => id === provider)) return undefined;
  const { searchParams } = new URL(c.req.url);
  const read = new URLSearchParams();
  for (const name of Object.keys(callbackQuery.shape)) {
    const [value, another] = searchParams.getAll(name);
    if (another !== undefined || (value ?? "").length > LONGEST_CODE) return undefined;
    if (value !== undefined) read.set(name, value);
  }
  if (!/^[\w-]{1,128}$/.test(read.get("state") ?? "none")) return undefined;
  return `/callback/${provider}?${read}`;
}

function toSignIn({ identity }: HttpContext, error: string): Response {
  return toResponse(seeOther(`${withPrefix(pathPrefix(identity.baseUrl()), SIGN_IN_PAGE)}?error=${error}`));
}

/** Browsers always get a page: the sign-in page says what failed. Programs get the problem itself. */
async function finishSignIn(context: HttpContext, c: Context, path: string): Promise<Response> {
  const client = clientOf(c);
  const asked = await askIdentity(context, path, c.req.raw, client).catch((error) => ({
    ok: false as const,
    problem: logFailure(context, error),
  }));
  if (asked.ok) return withShortError(asked.value);
  const problem = await countFailure(context, client, asked.problem);
  if (!asksForPage(c.req.raw)) return toResponse(problemResponse(inAcceptedForm(context, c.req.raw).platform, problem));
  return toSignIn(context, problem.code);
}

/** Anybody may have written `error` into the callback's URL: the page gets a code, never text. */
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
