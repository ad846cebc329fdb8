/** What the service must know of a platform to keep its keys: the part of a platform's description that is not about the wire. */
import type { Environment, Plan } from "./api-key.ts";
import type { IdFormat } from "./id.ts";
import type { KeyFormat } from "./key-format.ts";

export interface KeySystem {
  readonly name: string;
  /** The environments of this platform; the first one is taken where a request names none. */
  readonly environments: readonly [Environment, ...Environment[]];
  readonly keyFormat: KeyFormat;
  /** The part of a fresh key that lists may show. */
  prefixOf(key: string): string;
  readonly keyId: IdFormat;
  readonly plans: Readonly<Record<string, Plan>>;
  /** The plan of an organization that was given none. */
  readonly defaultPlan: string;
}
