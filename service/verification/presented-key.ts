import type { Environment, Limits } from "../../engine/api-key.ts";

/** What other people may see of a key that was presented. */
export interface PresentedKey {
  readonly id: string;
  /** Null for a key that nobody has claimed. */
  readonly organizationId: string | null;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly resources: readonly string[] | null;
  /** The websites that a public key used alone is bound to; null when the secret was presented. */
  readonly requiredOrigin: readonly string[] | null;
  readonly limits: Limits;
  /** Milliseconds since the epoch; null for never. */
  readonly expiresAt: number | null;
}
