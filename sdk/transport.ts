/** Requests over `fetch`: where they go, with which headers, how long they may take, and which are sent again. */
import { checkSecret, readBaseUrl } from "./base-url.ts";
import { KeywardUnreachable } from "./errors.ts";
import { type Received, readResponse, retryAfterSeconds } from "./read-response.ts";
import { pauseMs } from "./retry.ts";

export interface ClientOptions {
  /** Where Keyward is reached, with the path above its own: `https://keys.example.com`, `https://example.com/console/`. */
  readonly baseUrl: string;
  /** A management JWT, or the operator's token. Leave it out in a browser, where a cookie says who is signed in. */
  readonly token?: string | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** For a call with all its attempts, and for each table of an exported audit log; default 30,000. */
  readonly timeoutMs?: number | undefined;
}

export interface CallOptions {
  /** Ends the call; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

interface TransportRequest extends CallOptions {
  readonly method: string;
  /** From /keyward on, its parameters encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly body?: object | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Default: JSON. */
  readonly as?: "csv" | undefined;
}

export interface Transport {
  /** A success as it was received, with its headers. @throws KeywardError, KeywardUnreachable */
  send(request: TransportRequest & { readonly as: "csv" }): Promise<Received>;
  /** The value of a success, undefined when it has none. @throws KeywardError, KeywardUnreachable */
  send(request: TransportRequest): Promise<unknown>;
}

const TIMEOUT_MS = 30_000;

/** Checks the options; nothing is sent yet. `credential` is the header that holds the token: `Authorization: Bearer` when absent. @throws TypeError that says which option is wrong, and not what it holds */
export function openTransport(
  { baseUrl, token, fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS }: ClientOptions,
  credential?: Readonly<Record<string, string>>,
): Transport {
  const base = readBaseUrl(baseUrl, "baseUrl");
  if (token !== undefined) checkSecret(token, "token");

  const url = ({ path, query = {} }: TransportRequest) => {
    const address = new URL(path.slice(1), base);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, String(value));
    return address.href;
  };

  const receive = async (request: TransportRequest, signal: AbortSignal): Promise<Received> => {
    const response = await fetch(url(request), {
      method: request.method,
      headers: headersOf(request, credential ?? (token && { authorization: `Bearer ${token}` })),
      credentials: "same-origin",
      redirect: "manual",
      signal,
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    });
    const { status, statusText, headers, type } = response;
    const isRedirect = type === "opaqueredirect" || (status >= 300 && status < 400);
    return { status, statusText, headers, isRedirect, text: await response.text() };
  };

  const send = async (request: TransportRequest) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
    try {
      return readResponse(await untilItCounts(request, signal, receive), request.as, token);
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      if (!(error instanceof NoResponse)) throw error;
      const what = deadline.aborted ? `has not responded within ${timeoutMs / 1_000} seconds` : "cannot be reached";
      throw new KeywardUnreachable(`${base.origin} ${what}.`, { cause: error.cause, isTimeout: deadline.aborted });
    }
  };
  return { send: send as Transport["send"] };
}

/** What `fetch` or the signal threw is the cause. */
class NoResponse extends Error {}

async function untilItCounts(
  request: TransportRequest,
  signal: AbortSignal,
  receive: (request: TransportRequest, signal: AbortSignal) => Promise<Received>,
): Promise<Received> {
  const isRepeatable = request.method === "GET" || request.idempotencyKey !== undefined;
  for (let number = 0; ; number++) {
    const outcome = await receive(request, signal).catch((cause: unknown) => new NoResponse("", { cause }));
    const response = outcome instanceof NoResponse ? undefined : outcome;
    const wait = pauseMs({
      number,
      isRepeatable: isRepeatable && !signal.aborted,
      status: response?.status,
      retryAfterSeconds: response && retryAfterSeconds(response.headers),
    });
    if (wait !== undefined) await pause(wait, signal);
    else if (outcome instanceof NoResponse) throw outcome;
    else return outcome;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const end = () => {
      clearTimeout(timer);
      fail(new NoResponse("", { cause: signal.reason }));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", end);
      done();
    }, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}

function headersOf({ body, idempotencyKey, as }: TransportRequest, credential: object | "" | undefined): Record<string, string> {
  return {
    accept: `${as === "csv" ? "text/csv" : "application/json"}, application/problem+json`,
    ...(credential || undefined),
    ...(body !== undefined && { "content-type": "application/json" }),
    ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
  };
}
