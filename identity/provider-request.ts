/**
 * Requests to a provider. Every failure reports the request and how it ended. It never contains what was sent or received: that includes
 * codes, tokens and the client's secret.
 */

/** The code that the sign-in page gets. Its sentences are in the dashboard's sign-in screen. */
type FailureCode = "identity_unavailable" | "invalid_code" | "id_token_invalid" | "issuer_missing" | "issuer_mismatch" | "sign_in_failed";

/** The details for the log. */
interface FailureDetails {
  /** The method and the URL, without its query. */
  readonly asked: string;
  readonly status?: number;
  /** The provider's error code (RFC 6749, 5.2), or the code of the network error. */
  readonly code?: string | undefined;
  readonly reason: string;
}

/** A provider could not identify a person. */
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
/** Far more than any document of a provider has. */
const MAX_BYTES = 1_000_000;

interface Question {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent with POST if present. */
  readonly form?: URLSearchParams;
}

/** Sends a request to a provider and returns its JSON. @throws ProviderFailure */
export async function askProvider({ url, headers, form }: Question): Promise<unknown> {
  const method = form === undefined ? "GET" : "POST";
  const asked = describe(method, url);
  const { status, text } = await send(asked, url, {
    method,
    headers: { accept: "application/json", "user-agent": "keyward", ...headers },
    // A form contains the client's secret: it must not follow a redirect.
    redirect: form === undefined ? "follow" : "manual",
    ...(form !== undefined && { body: form }),
  });
  const said = readJson(text);
  const code = errorCodeOf(said);
  // GitHub refuses a code with status 200.
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

/** Accepts a protocol's error code, and no free text. */
function codeOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w.-]{1,64}$/.test(value) ? value : undefined;
}

/** A used, expired or invented code is the browser's fault; other refusals are for the operator. */
function failureCode(status: number, code: string | undefined): FailureCode {
  if (code === "invalid_grant" || code === "bad_verification_code") return "invalid_code";
  return status >= 500 ? "identity_unavailable" : "sign_in_failed";
}
