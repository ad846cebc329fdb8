/** Requests and responses of node:http that have an id: whoever writes the response, its head has `X-Request-Id`. */
import { IncomingMessage, ServerResponse } from "node:http";
import { SecureResponse } from "../adapters/node-response.ts";
import { REQUEST_ID_HEADER } from "../admission/request-id.ts";
import type { HttpContext } from "./context.ts";
import { isSecure } from "./strict-transport.ts";

/** For `createServer({ IncomingMessage })`. The server sets the id before any surface sees the request. */
export class IdentifiedRequest extends IncomingMessage {
  requestId = "";
}

/** The id of a request of our own server. */
export function requestIdOf(request: IncomingMessage): string {
  return (request as IdentifiedRequest).requestId;
}

type Base = new (request: IncomingMessage, ...rest: never[]) => ServerResponse;

function identified(Response: Base): typeof ServerResponse {
  const Identified = class extends Response {
    /** A list of header lines gets one more: whoever passes it must have made it for this response. */
    override writeHead(status: number, second?: unknown, third?: unknown): this {
      const id = requestIdOf(this.req);
      const headers = typeof second === "string" ? third : second;
      if (Array.isArray(headers)) headers.push(REQUEST_ID_HEADER, id);
      else this.setHeader(REQUEST_ID_HEADER, id);
      // biome-ignore lint/suspicious/noExplicitAny: the overloads are node's own.
      const write = super.writeHead as any;
      return typeof second === "string" ? write.call(this, status, second, third) : write.call(this, status, second);
    }
  };
  return Identified as unknown as typeof ServerResponse;
}

const Plain = identified(ServerResponse as unknown as Base);
const Secure = identified(SecureResponse as unknown as Base);

/** The class of the responses of a server: for `createServer({ ServerResponse })`. */
export function responseClass(context: Pick<HttpContext, "identity">): typeof ServerResponse {
  return isSecure(context) ? Secure : Plain;
}
