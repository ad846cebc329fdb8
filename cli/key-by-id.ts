/** A key is named by its id alone; its record says which organization it belongs to. */
import { DAY_MS } from "../engine/duration.ts";
import type { ApiKey } from "../sdk/index.ts";
import { EXIT, Failure } from "./failure.ts";

/** The organization of a key. @throws Failure for an unclaimed key, which cannot be changed */
export function organizationOf({ id, organizationId }: ApiKey): string {
  if (organizationId !== null) return organizationId;
  throw new Failure(`${id} belongs to no organization, so it cannot be changed`, {
    exitCode: EXIT.notFound,
    next: "claim it for an organization first, in the dashboard",
  });
}

/** The time after which the API calls a key unused. */
const UNUSED_AFTER_MS = 30 * DAY_MS;

/** Whether somebody would notice its end: it works, and was used within the last 30 days. */
export function isInUse({ refusedFor, lastUsedAt }: ApiKey, now: number): boolean {
  return refusedFor.length === 0 && lastUsedAt !== null && now - Date.parse(lastUsedAt) < UNUSED_AFTER_MS;
}
