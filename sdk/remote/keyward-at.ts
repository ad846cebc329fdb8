/** A Keyward elsewhere as an admission port: what `protect` of the adapters asks about each request. */
import type { AdmissionPort, Client, Need, PlainResponse } from "../../admission/port.ts";
import { checkSecret, readBaseUrl } from "../base-url.ts";
import { KeywardUnreachable } from "../errors.ts";
import { type Ask, askVerify, NoVerdict } from "./ask-verify.ts";
import { once } from "./log.ts";

export interface RemoteOptions {
  /** Where Keyward is reached, with the path above its own: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** A service token: `keyward service-tokens create --name my-api`. */
  readonly token: string;
  /** How long a request may wait for Keyward, with a second attempt, in milliseconds. Default: 2,000. */
  readonly timeoutMs?: number | undefined;
  /** Where failures are logged, each at most once in ten seconds. Default: `console`. */
  readonly log?: { error(sentence: string): void } | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
}

export interface RemoteKeyward extends AdmissionPort {
  /** Resolves when Keyward responds and accepts the token. @throws KeywardUnreachable with one sentence that says what is wrong */
  ready(): Promise<void>;
}

const TIMEOUT_MS = 2_000;

/**
 * A Keyward that runs elsewhere, for `protect`. Sends nothing yet. Each request is one call of `POST /keyward/v1/verify` with the header lines of
 * the request except cookies. When Keyward does not respond in time, or not with a verdict, the request is refused with 503; the reason is logged,
 * and never a key.
 * @throws TypeError with one sentence when an option is malformed
 * @example
 * const kw = keywardAt({ url: "http://127.0.0.1:4000", token: process.env.KEYWARD_TOKEN });
 * await kw.ready();
 * app.get("/agents", protect(kw, { scopes: ["agents:read"] }), (request, response) => response.json(request.apiKey));
 */
export function keywardAt({ url, token, timeoutMs = TIMEOUT_MS, log = console, fetch = globalThis.fetch }: RemoteOptions): RemoteKeyward {
  const base = readBaseUrl(url, "url of keywardAt");
  if (!token) throw new TypeError("token of keywardAt is missing; create one with: keyward service-tokens create --name my-api");
  checkSecret(token, "token of keywardAt");
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) throw new TypeError("timeoutMs of keywardAt must be a number of milliseconds");
  const ask = askVerify({ base, token, timeoutMs, fetch });
  const logOnce = once(log);
  return {
    async admit(client, need) {
      try {
        return await ask(bodyFor(client, need));
      } catch (error) {
        logOnce(error instanceof NoVerdict ? error.message : `a response of ${base.origin} could not be read`);
        return { refusal: UNAVAILABLE };
      }
    },
    checkNeed: () => undefined,
    async ready() {
      try {
        await ask({ headers: [] });
      } catch (error) {
        if (!(error instanceof NoVerdict)) throw error;
        throw new KeywardUnreachable(error.message, { cause: error.cause, isTimeout: error.isTimeout });
      }
    },
  };
}

/** Nothing is known about the key: this has no platform's form. */
const UNAVAILABLE: PlainResponse = Object.freeze({
  status: 503,
  headers: Object.freeze({ "content-type": "application/problem+json", "cache-control": "no-store", "retry-after": "1" }),
  body: JSON.stringify({
    type: "about:blank",
    title: "Service Unavailable",
    status: 503,
    detail: "API keys cannot be verified at the moment. Try again.",
  }),
});

function bodyFor({ rawHeaders, socket }: Client, { scopes, resource }: Need = {}): Ask {
  return { headers: withoutCookies(rawHeaders), address: socket?.remoteAddress, holds: true, scopes, resource };
}

/** Cookies are no place for an API key, and belong to the application alone. */
function withoutCookies(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_text, at) => (rawHeaders[at - (at % 2)] as string).toLowerCase() !== "cookie");
}
