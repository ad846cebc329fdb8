/**
 * Requests of node:http that have an id. Their responses get it from whatever writes them: `send` of the adapters, the gateway's
 * `response-head.ts`, and `listener.ts` for the framework. A class of responses that adds it would cost more than all else that the id costs.
 */
import type { IncomingMessage } from "node:http";

interface IdentifiedRequest {
  requestId: string;
}

/** Gives a request its id, before any surface sees it. */
export function identifyRequest(request: IncomingMessage, requestId: string): void {
  (request as unknown as IdentifiedRequest).requestId = requestId;
}

/** The id of a request of our own server. */
export function requestIdOf(request: IncomingMessage): string {
  return (request as unknown as IdentifiedRequest).requestId;
}
