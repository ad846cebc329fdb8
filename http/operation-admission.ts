/**
 * Admits a request to the platform's own API, for the gateway and for forward-auth: by an API key or, where the platform says so, by the
 * session of an agent.
 */
import type { IncomingMessage } from "node:http";
import { type Admission, admitRequest } from "../admission/admit.ts";
import { challenge } from "../admission/challenge.ts";
import type { Client } from "../admission/client-address.ts";
import { BEARER, extractCredential } from "../admission/credential.ts";
import { noteRefusal } from "../admission/note-refusal.ts";
import { type PlainResponse, problemResponse } from "../admission/response.ts";
import { refuse } from "../engine/errors.ts";
import type { Ask } from "../engine/judge.ts";
import type { Platform } from "../platforms/define.ts";
import type { PresentedKey, Verdict } from "../service/index.ts";
import { type ReadAgentSession, readAgentSession } from "./agent-session.ts";
import type { HttpContext } from "./context.ts";
import { requestIdOf } from "./identified.ts";
import { operationRules } from "./operation-rules.ts";

interface Operation {
  readonly method: string;
  /** In origin form, without dot segments. */
  readonly target: string;
}

/** `headers` are for the response: rate limits, CORS. `ask` is what was asked of the key. */
export type Passage =
  | { readonly by: "key"; readonly verdict: Extract<Verdict, { valid: true }>; readonly ask: Ask | undefined; readonly headers: Headers }
  | { readonly by: "agent"; readonly session: ReadAgentSession; readonly headers: Headers }
  | { readonly by: "none"; readonly response: PlainResponse; readonly refused: RefusedPassage };

/** Why a request does not pass, for those who may know more than the client. `key`: of the credential, where it has one. */
interface RefusedPassage {
  readonly code: string;
  readonly key?: PresentedKey | undefined;
}

type Headers = Readonly<Record<string, string>>;
type Context = Pick<HttpContext, "service" | "platform" | "log" | "attempts" | "managementKey" | "trustedProxies">;

const NO_HEADERS: Headers = Object.freeze({});
const NO_SUCH_OPERATION: RefusedPassage = Object.freeze({ code: "no_such_operation" });
const NOTHING_THERE = refuse("not_found", "There is nothing at this path.").problem;

/**
 * Compiles the platform's rules once. The returned function is synchronous for a key in memory; with `holds`, the request counts as concurrent
 * until `verdict.release()`.
 * @throws StoreUnavailable, as a rejection: the request must not be admitted
 */
export function operationAdmission(
  context: Context,
  surface: "gateway" | "forward-auth",
): (client: IncomingMessage, operation: Operation, holds: boolean) => Passage | Promise<Passage> {
  const requirementOf = operationRules(context.platform);
  return (client, { method, target }, holds) => {
    const requirement = requirementOf(method, target);
    if (requirement.kind === "none")
      return { by: "none", response: problemResponse(context.platform, NOTHING_THERE), refused: NO_SUCH_OPERATION };
    if (requirement.kind === "agent") return admitAgent(context, client);
    const { ask } = requirement;
    const admission = admitRequest(context, client, ask, holds);
    if (admission instanceof Promise || "response" in admission) return passUnlessRefused(admission, client, { method, target }, ask);
    return toPassage(admission, ask);
  };

  /** Not in the function above: a closure there would put its variables on the heap for every request. */
  function passUnlessRefused(
    admission: Admission | Promise<Admission>,
    client: IncomingMessage,
    operation: Operation,
    ask: Ask | undefined,
  ): Passage | Promise<Passage> {
    if (admission instanceof Promise) return admission.then((late) => passUnlessRefused(late, client, operation, ask));
    if (!("response" in admission)) return toPassage(admission, ask);
    noteRefusal(context, admission, ask, { surface, requestId: requestIdOf(client), client, ...operation });
    return { by: "none", response: admission.response, refused: { code: admission.code, key: admission.verdict?.key } };
  }
}

function toPassage(admission: Extract<Admission, { headers: unknown }>, ask: Ask | undefined): Passage {
  return { by: "key", verdict: admission.verdict, ask, headers: admission.headers };
}

/** Operations that an agent calls for itself: they take its session token, and no API key. */
async function admitAgent(context: Context, client: Client): Promise<Passage> {
  const { platform } = context;
  const extracted = extractCredential(client.rawHeaders, BEARER);
  const session = extracted.found === "one" ? await readAgentSession(context, extracted.presented) : undefined;
  if (session !== undefined) return { by: "agent", session, headers: NO_HEADERS };
  const code =
    extracted.found === "several" ? "multiple_credentials" : extracted.found === "none" ? "missing_credential" : "invalid_credential";
  const refusal = {
    code,
    detail: "Send the agent's session token as Authorization: Bearer <token>; API keys are not accepted here.",
  } as const;
  const problem = code === "invalid_credential" ? await context.attempts.refuse(client, refusal) : refusal;
  const isChallenged = problem.code === "missing_credential" || problem.code === "invalid_credential";
  const headers = isChallenged ? { "www-authenticate": challenge(platform.title, BEARER, code) } : {};
  return { by: "none", response: problemResponse(platform, problem, headers), refused: { code: problem.code } };
}

/** Names of headers that may carry a credential. Agents send their session as a bearer token, whichever header keys use. */
export function credentialHeaders({ credentials, operations }: Platform): readonly string[] {
  const places = operations?.some(({ needs }) => needs === "agent") === true ? [...credentials, ...BEARER] : credentials;
  return [...new Set(places.map(({ header }) => header))];
}
