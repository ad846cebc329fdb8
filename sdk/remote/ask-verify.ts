/** One question to `POST /keyward/v1/verify`: how long it may take, when it is asked again, and what counts as a verdict. */
import type { Decision } from "../../admission/port.ts";
import { readVerdict } from "./read-verdict.ts";

/** The body of the request. */
export interface Ask {
  readonly headers: readonly string[];
  readonly address?: string | undefined;
  /** Whether the request counts as concurrent until it is released. */
  readonly holds?: boolean;
  readonly scopes?: readonly string[] | undefined;
  readonly resource?: string | undefined;
}

/** There is no verdict. The message is a sentence for the operator, without any key or token. */
export class NoVerdict extends Error {
  readonly isTimeout: boolean;

  constructor(message: string, { cause, isTimeout = false }: { readonly cause?: unknown; readonly isTimeout?: boolean } = {}) {
    super(message, { cause });
    this.isTimeout = isTimeout;
  }
}

interface Asking {
  readonly base: URL;
  readonly token: string;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

const RETRY_AFTER_MS = 50;
/** No connection was made, so nothing was counted. After a connection that was cut, nobody knows. */
const NO_CONNECTION = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "ConnectionRefused"]);

/** @throws NoVerdict, as a rejection */
export function askVerify({ base, token, timeoutMs, fetch }: Asking): (ask: Ask) => Promise<Decision> {
  const address = new URL("keyward/v1/verify", base).href;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json" };

  const send = async (ask: Ask, call: AbortController): Promise<Decision> => {
    const { signal } = call;
    const init = { method: "POST", headers, body: JSON.stringify(ask), redirect: "manual", cache: "no-store", signal } as const;
    const response = await fetch(address, init).catch(async (error: unknown) => {
      if (!NO_CONNECTION.has(codeOf(error)) || signal.aborted) throw error;
      await new Promise((again) => setTimeout(again, RETRY_AFTER_MS));
      return fetch(address, init);
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new NoVerdict(sentenceFor(response, base));
    }
    const { text, isOpen } = await readLine(response);
    const decision = readVerdict(text);
    if (decision !== undefined && isOpen && "apiKey" in decision) return { ...decision, release: () => call.abort() };
    if (isOpen) call.abort();
    if (decision === undefined)
      throw new NoVerdict(`${address} responded with something that is no verdict; is url the address of a Keyward?`);
    return decision;
  };

  return async (ask) => {
    const call = new AbortController();
    const deadline = setTimeout(() => call.abort(), timeoutMs);
    try {
      return await send(ask, call);
    } catch (error) {
      if (error instanceof NoVerdict) throw error;
      if (call.signal.aborted)
        throw new NoVerdict(`${base.origin} did not respond within ${timeoutMs / 1_000} seconds`, { isTimeout: true });
      throw new NoVerdict(`${base.origin} cannot be reached (${codeOf(error)})`, { cause: error });
    } finally {
      clearTimeout(deadline);
    }
  };
}

/** A verdict that holds the request ends with a line break, and the response stays open after it; every other response ends. */
async function readLine(response: Response): Promise<{ text: string; isOpen: boolean }> {
  if (response.body === null || response.headers.has("content-length")) return { text: await response.text(), isOpen: false };
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    text += decoder.decode(value, { stream: !done });
    if (done) return { text, isOpen: false };
    if (text.endsWith("}\n")) return { text, isOpen: true };
  }
}

function sentenceFor({ status, type }: Response, { origin }: URL): string {
  if (status === 401 || status === 403)
    return `${origin} does not accept the token of keywardAt; create one with: keyward service-tokens create --name my-api`;
  if (type === "opaqueredirect" || (status >= 300 && status < 400)) return `${origin} redirects; url must be the address of Keyward itself`;
  if (status === 404) return `there is no Keyward at ${origin}, or it is below a path that url lacks`;
  return `${origin} responded with status ${status} and no verdict`;
}

/** The name of what went wrong below `fetch`, where the runtime tells it. */
function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: unknown };
  if (typeof code === "string") return code;
  return cause === undefined || cause === null ? "no connection" : codeOf(cause);
}
