/** Calls the management API. Every command but `serve` is a customer of it like any other. */
import { ERRORS } from "../engine/errors.ts";
import { EXIT, type ExitCode, Failure } from "./failure.ts";
import { type FoundServer, findServer, type ServerOptions } from "./find-server.ts";

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
  const server = await findServer(options, process.env);
  return async (method, path, { body, idempotencyKey } = {}) => {
    const { status, text, location } = await send(server, path, {
      method,
      headers: {
        authorization: `Bearer ${server.token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (status === 204) return {};
    const answer = parse(text);
    if (status < 300 && answer !== undefined) return answer;
    if (status < 400 && location !== null)
      throw new Failure(`${server.url} sends callers on to ${location}`, { next: "give --url the address where the API itself answers" });
    throw refusal(status, answer, server);
  };
}

/** A path of the management API; the ids in it are encoded. */
export function path(texts: TemplateStringsArray, ...ids: readonly string[]): string {
  return `/keyward/v1${String.raw({ raw: texts }, ...ids.map(encodeURIComponent))}`;
}

/** Redirects are not followed: a POST would arrive as a GET, and a token somewhere else. */
async function send(
  { url, whenSilent }: FoundServer,
  path: string,
  init: RequestInit,
): Promise<{ status: number; text: string; location: string | null }> {
  try {
    const response = await fetch(url + path, { ...init, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, text: await response.text(), location: response.headers.get("location") };
  } catch (error) {
    if ((error as Error).name === "TimeoutError")
      throw new Failure(`${url} has not answered within ${TIMEOUT_MS / 1_000} seconds`, { next: "try again" });
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    throw new Failure(`nothing answers at ${url} (${code ?? "the connection was lost"})`, { next: whenSilent });
  }
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function refusal(status: number, answer: Json | undefined, { url, whenRefused }: FoundServer): Failure {
  // A full plan is told with 403 too, but another credential would not help.
  const exitCode = answer?.code === "key_limit_reached" ? EXIT.error : (EXIT_BY_STATUS[status] ?? EXIT.error);
  const sentence = sentenceOf(answer);
  if (sentence === undefined)
    return new Failure(`${url} answered ${status}, and not as Keyward does`, { exitCode, next: "check that Keyward is what runs there" });
  return new Failure(sentence, { exitCode, next: status === 401 ? whenRefused : adviceOn(answer?.code) });
}

/** The sentence of an error in the forms that platforms document: `{detail}`, `{message}`, `{error}`, or one of these within another. */
function sentenceOf(answer: unknown): string | undefined {
  if (typeof answer === "string") return answer;
  if (typeof answer !== "object" || answer === null) return undefined;
  const { detail, message, error } = answer as Json;
  return sentenceOf(detail ?? message ?? error);
}

/** What the catalogue advises, but for what an answer to `invalid_request` says itself, and better. */
function adviceOn(code: unknown): string | undefined {
  if (code === "not_found") return "check the id: `keyward orgs list` and `keyward keys list --org ID` show them";
  const isKnown = typeof code === "string" && code !== "invalid_request" && Object.hasOwn(ERRORS, code);
  return isKnown ? ERRORS[code as keyof typeof ERRORS].advice : undefined;
}
