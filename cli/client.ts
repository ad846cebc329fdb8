/** The management API as commands call it: the SDK's client for the server that their options name, and its failures in their own words. */
import { ERRORS } from "../engine/errors.ts";
import { KeywardClient, KeywardError, KeywardUnreachable } from "../sdk/index.ts";
import { DryRun } from "./dry-run.ts";
import { EXIT, type ExitCode, Failure } from "./failure.ts";
import { type FoundServer, findServer, type ServerOptions } from "./find-server.ts";
import type { OutputOptions } from "./output.ts";

const TIMEOUT_MS = 30_000;
const EXIT_BY_STATUS: Readonly<Record<number, ExitCode>> = { 401: EXIT.notAuthenticated, 403: EXIT.notAuthenticated, 404: EXIT.notFound };

interface ClientOptions extends ServerOptions, OutputOptions {
  /** Says what would be sent, and sends nothing that changes anything. */
  readonly dryRun?: boolean;
}

/** Runs a command with the client of its server. @throws Failure with the API's own sentence when it refuses */
export async function withClient(
  options: ClientOptions,
  run: (client: KeywardClient, server: FoundServer) => Promise<void>,
): Promise<void> {
  const server = await findServer(options);
  const dry = options.dryRun === true ? new DryRun() : undefined;
  try {
    const client = new KeywardClient({ baseUrl: server.url, token: server.token, timeoutMs: TIMEOUT_MS, ...(dry && { fetch: dry.fetch }) });
    await run(client, server);
  } catch (error) {
    if (dry?.planned === undefined) throw failureOf(error, server);
    await dry.show(options);
  }
}

/** The failure of a call as a sentence with its advice and exit code; other errors as they are. */
export function failureOf(error: unknown, server: FoundServer): unknown {
  if (error instanceof KeywardUnreachable) return unreachable(error, server);
  return error instanceof KeywardError ? refusal(error, server) : error;
}

function unreachable({ isTimeout, cause }: KeywardUnreachable, { url, whenSilent }: FoundServer): Failure {
  if (isTimeout) return new Failure(`${url} has not responded within ${TIMEOUT_MS / 1_000} seconds`, { next: "try again" });
  const { code } = ((cause as Error).cause ?? {}) as NodeJS.ErrnoException;
  return new Failure(`nothing responds at ${url} (${code ?? "the connection was lost"})`, { next: whenSilent });
}

function refusal({ status, code, detail, location, requestId }: KeywardError, { url, whenRefused }: FoundServer): Failure {
  if (location !== undefined) return new Failure(`${url} redirects to ${location}`, { next: "give --url the address of the API itself" });
  // A full plan is 403 too, but another credential would not help.
  const exitCode = code === "key_limit_reached" ? EXIT.error : (EXIT_BY_STATUS[status] ?? EXIT.error);
  if (detail === undefined)
    return new Failure(`${url} responded with ${status}, but not as Keyward does`, {
      exitCode,
      next: "check that Keyward is what runs there",
      requestId,
    });
  return new Failure(detail, { exitCode, next: status === 401 ? whenRefused : adviceOn(code), requestId });
}

/** The advice of the error catalogue. For `invalid_request`, the sentence itself already says what to correct. */
function adviceOn(code: string | undefined): string | undefined {
  if (code === "not_found") return "check the id: `keyward orgs list` and `keyward keys list --org ID` show them";
  const isKnown = code !== undefined && code !== "invalid_request" && Object.hasOwn(ERRORS, code);
  return isKnown ? ERRORS[code as keyof typeof ERRORS].advice : undefined;
}
