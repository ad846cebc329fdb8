/** How long an admitted request may go on. */
import type { IncomingMessage } from "node:http";
import { noteEnded } from "../../admission/note-refusal.ts";
import { originOf } from "../../admission/origin.ts";
import type { HttpContext } from "../context.ts";
import { requestIdOf } from "../identified.ts";
import type { Passage } from "../operation-admission.ts";

export type Admitted = Exclude<Passage, { by: "none" }>;

type Context = Pick<HttpContext, "service">;
type Noting = Pick<HttpContext, "service" | "trustedProxies">;

/** Whether whoever was admitted may still be passed on, at once where memory can tell. @throws StoreUnavailable, as a rejection */
export function mayStillPass({ service }: Context, rawHeaders: readonly string[], admitted: Admitted): boolean | Promise<boolean> {
  if (admitted.by === "agent") return admitted.session.expiresAt > service.clock();
  return service.mayGoOn(admitted.verdict.key, { ...admitted.ask, origin: originOf(rawHeaders) });
}

/** Tells the owner of the key why a request was refused after it had been admitted: the client learns less. */
export function noteEndedKey(context: Noting, request: IncomingMessage, admitted: Admitted): void {
  if (admitted.by === "agent") return;
  const { method, url: target, rawHeaders } = request;
  const ask = { ...admitted.ask, origin: originOf(rawHeaders) };
  noteEnded(context, admitted.verdict.key, ask, { surface: "gateway", requestId: requestIdOf(request), client: request, method, target });
}

/** The request has ended, or is not passed on: it no longer counts as concurrent. */
export function release(admitted: Admitted): void {
  if (admitted.by === "key") admitted.verdict.release();
}

/**
 * Calls `onEnded` once when whoever was admitted may not go on: its key was revoked, disabled, changed or has expired, or the agent's session has.
 * The returned function stops that.
 */
export function whileAllowed({ service }: Context, rawHeaders: readonly string[], admitted: Admitted, onEnded: () => void): () => void {
  if (admitted.by === "key") return service.watch(admitted.verdict.key, { ...admitted.ask, origin: originOf(rawHeaders) }, onEnded);
  // A session cannot be revoked, and lasts an hour at most.
  const timer = setTimeout(onEnded, admitted.session.expiresAt - service.clock()).unref();
  return () => clearTimeout(timer);
}
