/**
 * Requests to a provider. When one fails it is told of in the same way: what was asked, and how that ended. What was sent and what came back
 * holds codes, tokens and the client's secret, and is in no failure.
 */

/** What the sign-in page is told: see the sentences of the dashboard's sign-in screen. */
type FailureCode = "identity_unavailable" | "invalid_code" | "id_token_invalid" | "issuer_missing" | "issuer_mismatch" | "sign_in_failed";

/** What the log is told. */
interface FailureDetails {
  /** The method and the URL, without its query. */
  readonly asked: string;
  readonly status?: number;
  /** The provider's error code (RFC 6749, 5.2), or that of whatever gave up. */
  readonly code?: string | undefined;
  readonly reason: string;
}

/** A provider could not say who somebody is. */
export class ProviderFailure extends Error {
  override readonly name = "ProviderFailure";
  readonly code: FailureCode;
  readonly details: FailureDetails;

  constructor(code: FailureCode, details: FailureDetails) {
    super(`${details.asked}: ${details.reason}`);
    this.code = code;
    this.details = details;
  }
}

const TIMEOUT_MS = 10_000;
/** No document of a provider is near that size. */
const MAX_BYTES = 1_000_000;

interface Question {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent with POST where it is given. */
  readonly form?: URLSearchParams;
}

/** The provider's JSON. @throws ProviderFailure */
export async function askProvider({ url, headers, form }: Question): Promise<unknown> {
  const method = form === undefined ? "GET" : "POST";
  const asked = describe(method, url);
  const { status, text } = await send(asked, url, {
    method,
    headers: { accept: "application/json", "user-agent": "keyward", ...headers },
    // A form holds the client's secret: it goes nowhere but where it was meant to go.
    redirect: form === undefined ? "follow" : "manual",
    ...(form !== undefined && { body: form }),
  });
  const said = readJson(text);
  const code = errorCodeOf(said);
  // GitHub refuses a code with the status 200.
  if (status < 200 || status > 299 || code !== undefined)
    throw new ProviderFailure(failureCode(status, code), { asked, status, code, reason: "the provider refused" });
  if (said === undefined) throw new ProviderFailure("sign_in_failed", { asked, status, reason: "the response is not readable JSON" });
  return said;
}

export function describe(method: string, url: string): string {
  const { origin, pathname } = new URL(url);
  return `${method} ${origin}${pathname}`;
}

async function send(asked: string, url: string, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, text: await readText(response) };
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: unknown } };
    const reason = name === "TimeoutError" ? `no response within ${TIMEOUT_MS / 1_000} seconds` : "the provider cannot be reached";
    throw new ProviderFailure("identity_unavailable", { asked, code: codeOf(cause?.code), reason });
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error("the response is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorCodeOf(said: unknown): string | undefined {
  return typeof said === "object" && said !== null && "error" in said ? (codeOf(said.error) ?? "unknown") : undefined;
}

/** A code as protocols have them, and no text that somebody made up. */
function codeOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w.-]{1,64}$/.test(value) ? value : undefined;
}

/** A code that has been used, is too old, or was made up is the browser's fault; other refusals are for the operator. */
function failureCode(status: number, code: string | undefined): FailureCode {
  if (code === "invalid_grant" || code === "bad_verification_code") return "invalid_code";
  return status >= 500 ? "identity_unavailable" : "sign_in_failed";
}
