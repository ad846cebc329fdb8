/** A key that was made with another key never exceeds it: it has its scopes, resources, own limits and end at most. */
import { type ApiKey, isInForce } from "./api-key.ts";
import { byLimitField } from "./limit-fields.ts";
import { isUnlimited, least } from "./limits.ts";

/** The child as its parent allows it, or undefined when the parent may not make one any more. `now` is milliseconds since the epoch. */
export function boundByParent(child: ApiKey, parent: ApiKey, now: number): ApiKey | undefined {
  if (!isInForce(parent, now)) return undefined;
  // Where the parent is limited by itself, its children count with it: otherwise each would bring the limit once more.
  const counterId = isUnlimited(parent.limits) ? child.counterId : parent.counterId;
  const limits = byLimitField((field) => least(child.limits[field], parent.limits[field]));
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
