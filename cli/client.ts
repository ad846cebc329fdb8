/** Calls the management API through the SDK. Every command but `serve` is a customer of it like any other. */
import { ERRORS } from "../engine/errors.ts";
import { KeywardError, KeywardUnreachable, openTransport } from "../sdk/index.ts";
import { EXIT, type ExitCode, Failure } from "./failure.ts";
import { type FoundServer, findServer, type ServerOptions } from "./find-server.ts";
import { typedId } from "./typed-id.ts";

/** One JSON object of the management API. */
export type Json = Readonly<Record<string, unknown>>;

export interface CallOptions {
  readonly body?: Json;
  readonly idempotencyKey?: string | undefined;
}

/** Answers the body of a success, `{}` when it has none. @throws Failure with the API's own sentence when it refuses. */
export type Call = (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, options?: CallOptions) => Promise<Json>;

const TIMEOUT_MS = 30_000;
const EXIT_BY_STATUS: Readonly<Record<number, ExitCode>> = { 401: EXIT.notAuthenticated, 403: EXIT.notAuthenticated, 404: EXIT.notFound };

/** Finds the server of these options; nothing is sent yet. */
export async function connect(options: ServerOptions): Promise<Call> {
  const server = await findServer(options);
  const { send } = openTransport({ baseUrl: server.url, token: server.token, timeoutMs: TIMEOUT_MS });
  return async (method, path, given = {}) => {
    try {
      return ((await send({ method, path, ...given })) ?? {}) as Json;
    } catch (error) {
      throw failureOf(error, server);
    }
  };
}

/** A path of the management API; the ids in it are encoded. @throws Failure when a credential was typed in place of an id. */
export function path(texts: TemplateStringsArray, ...ids: readonly string[]): string {
  return `/keyward/v1${String.raw({ raw: texts }, ...ids.map((id) => encodeURIComponent(typedId(id))))}`;
}

function failureOf(error: unknown, server: FoundServer): unknown {
  if (error instanceof KeywardUnreachable) return silence(error, server);
  return error instanceof KeywardError ? refusal(error, server) : error;
}

function silence({ isTimeout, cause }: KeywardUnreachable, { url, whenSilent }: FoundServer): Failure {
  if (isTimeout) return new Failure(`${url} has not answered within ${TIMEOUT_MS / 1_000} seconds`, { next: "try again" });
  const { code } = ((cause as Error).cause ?? {}) as NodeJS.ErrnoException;
  return new Failure(`nothing answers at ${url} (${code ?? "the connection was lost"})`, { next: whenSilent });
}

function refusal({ status, code, detail, location }: KeywardError, { url, whenRefused }: FoundServer): Failure {
  if (location !== undefined)
    return new Failure(`${url} sends callers on to ${location}`, { next: "give --url the address where the API itself answers" });
  // A full plan is told with 403 too, but another credential would not help.
  const exitCode = code === "key_limit_reached" ? EXIT.error : (EXIT_BY_STATUS[status] ?? EXIT.error);
  if (detail === undefined)
    return new Failure(`${url} answered ${status}, and not as Keyward does`, { exitCode, next: "check that Keyward is what runs there" });
  return new Failure(detail, { exitCode, next: status === 401 ? whenRefused : adviceOn(code) });
}

/** What the catalogue advises, but for what an answer to `invalid_request` says itself, and better. */
function adviceOn(code: string | undefined): string | undefined {
  if (code === "not_found") return "check the id: `keyward orgs list` and `keyward keys list --org ID` show them";
  const isKnown = code !== undefined && code !== "invalid_request" && Object.hasOwn(ERRORS, code);
  return isKnown ? ERRORS[code as keyof typeof ERRORS].advice : undefined;
}
