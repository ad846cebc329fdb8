/** A key is named by its id alone; its record says which organization it belongs to. */
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
