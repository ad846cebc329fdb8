/** A key that was made with another key never exceeds it: it has its scopes, resources, own limits and end at most. */
import { type ApiKey, isInForce, type Limits } from "./api-key.ts";
import { LIMIT_NAMES, least } from "./limits.ts";

/** The child as its parent allows it, or undefined when the parent may not make one any more. `now` is milliseconds since the epoch. */
export function boundByParent(child: ApiKey, parent: ApiKey, now: number): ApiKey | undefined {
  if (!isInForce(parent, now)) return undefined;
  // Where the parent is limited by itself, its children count with it: otherwise each would bring the limit once more.
  const isLimited = LIMIT_NAMES.some((name) => parent.limits[name] !== null);
  const counterId = isLimited ? parent.counterId : child.counterId;
  const limits = Object.fromEntries(LIMIT_NAMES.map((name) => [name, least(child.limits[name], parent.limits[name])])) as unknown as Limits;
  return {
    ...child,
    environment: parent.environment,
    scopes: parent.scopes,
    resources: parent.resources,
    limits,
    counterId,
    expiresAt: least(child.expiresAt, parent.expiresAt),
  };
}
