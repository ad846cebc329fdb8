/** How long an admitted request may go on. */
import { originOf } from "../../admission/origin.ts";
import type { HttpContext } from "../context.ts";
import type { Passage } from "../operation-admission.ts";

export type Admitted = Exclude<Passage, { by: "none" }>;

/**
 * Calls `onEnded` once when whoever was admitted may not go on: its key was revoked, disabled, changed or has expired, or the agent's session has.
 * The returned function stops that.
 */
export function whileAllowed(
  { service }: Pick<HttpContext, "service">,
  rawHeaders: readonly string[],
  admitted: Admitted,
  onEnded: () => void,
): () => void {
  if (admitted.by === "key") return service.watch(admitted.verdict.key, { ...admitted.ask, origin: originOf(rawHeaders) }, onEnded);
  // A session cannot be revoked, and lasts an hour at most.
  const timer = setTimeout(onEnded, admitted.session.expiresAt - service.clock()).unref();
  return () => clearTimeout(timer);
}
