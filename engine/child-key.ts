/** A key that was created with another key (its parent) never exceeds it in scopes, resources, limits or lifetime. */
import { type ApiKey, isInForce } from "./api-key.ts";
import { byLimitField } from "./limit-fields.ts";
import { isUnlimited, least } from "./limits.ts";

/** The child, reduced to what its parent may do; undefined if the parent is no longer in force. `now` is milliseconds since the epoch. */
export function boundByParent(child: ApiKey, parent: ApiKey, now: number): ApiKey | undefined {
  if (!isInForce(parent, now)) return undefined;
  // If the parent has limits of its own, its children share its counter: otherwise each child would add the limit once more.
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
