/**
 * The request that is being served, for what happens far away from it: a line of the log, a row of the audit log. Only the surfaces that are
 * called rarely run in a scope; those that judge keys pass the id on themselves.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const scope = new AsyncLocalStorage<string>();

/** Runs `serve`, and all that follows from it, as a part of this request. */
export function inRequest<Value>(requestId: string, serve: () => Value): Value {
  return scope.run(requestId, serve);
}

/** The id of the request that is being served; undefined outside of one. */
export function currentRequestId(): string | undefined {
  return scope.getStore();
}
