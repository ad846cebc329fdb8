/** The HTTP/1.1 server in front of the surfaces. */
import { createServer, type RequestListener, type Server, ServerResponse } from "node:http";
import type { HttpContext } from "./context.ts";
import { isSecure, SecureResponse } from "./strict-transport.ts";

/** Longer than load balancers keep a connection: the side that closes first must be theirs. */
const KEEP_ALIVE_MS = 65_000;

export function nodeServer(context: Pick<HttpContext, "identity">, listener: RequestListener): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS, ServerResponse: isSecure(context) ? SecureResponse : ServerResponse }, listener);
}
