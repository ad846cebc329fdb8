/**
 * The id of a request, by which people find it again: in the response, the log, the audit log and at the upstream. One that a trusted proxy
 * sends is kept; any other is made.
 */
import type { BlockList } from "node:net";
import type { Keyward } from "../service/index.ts";
import type { Client, PlainResponse } from "./port.ts";
import { isTrusted } from "./trusted-proxies.ts";

export const REQUEST_ID_HEADER = "x-request-id";

interface RequestIdOptions {
  /** Proxies whose `X-Request-Id` counts. */
  readonly trustedProxies: BlockList;
  readonly service: Pick<Keyward, "requestIds">;
}

export class RequestIds {
  readonly #trusted: BlockList;
  readonly #operations: Keyward["requestIds"];
  /** The last peer that sent an id: behind a proxy it is the proxy. */
  #peer = "";
  #isProxy = false;

  constructor({ trustedProxies, service }: RequestIdOptions) {
    this.#trusted = trustedProxies;
    this.#operations = service.requestIds;
  }

  /** A new id, for what is no readable request. */
  make(): string {
    return this.#operations.make();
  }

  /** The id of a request: the one that it came with, if a trusted proxy sent it, it is well formed and no secret; otherwise a new one. */
  of({ rawHeaders, socket, requestId }: Client): string {
    if (requestId !== undefined && this.#operations.isAcceptable(requestId)) return requestId;
    const sent = sentId(rawHeaders);
    const isKept = sent !== undefined && this.#isFromProxy(socket?.remoteAddress ?? "") && this.#operations.isAcceptable(sent);
    return isKept ? sent : this.make();
  }

  #isFromProxy(remoteAddress: string): boolean {
    if (remoteAddress !== this.#peer) {
      this.#peer = remoteAddress;
      this.#isProxy = isTrusted(remoteAddress, this.#trusted);
    }
    return this.#isProxy;
  }
}

/** What the request calls itself; undefined if it does not, or does so twice. */
function sentId(rawHeaders: readonly string[]): string | undefined {
  let sent: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== REQUEST_ID_HEADER.length || name.toLowerCase() !== REQUEST_ID_HEADER) continue;
    if (sent !== undefined) return undefined;
    sent = rawHeaders[at + 1];
  }
  return sent;
}

/** The response with the id in its body, if that is problem details: other forms are the platform's own, and have it in the header alone. */
export function identifyProblem<Response extends { readonly headers: PlainResponse["headers"]; readonly body: unknown }>(
  response: Response,
  requestId: string,
): Response {
  const { headers, body } = response;
  if (typeof body !== "string" || headers["content-type"] !== "application/problem+json") return response;
  return { ...response, body: `${body.slice(0, -1)},"requestId":"${requestId}"}` };
}

/** The response with the id in its headers as well, for one that another server sends. */
export function identifyResponse(response: PlainResponse, requestId: string): PlainResponse {
  return identifyProblem({ ...response, headers: { ...response.headers, [REQUEST_ID_HEADER]: requestId } }, requestId);
}
