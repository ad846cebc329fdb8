/** What an address says about the form that creates a key: that it is open, and what it begins with. */
import type { ApiKey } from "@keyward/sdk";

export interface Prefill {
  readonly name?: string | undefined;
  /** A duration such as `90d`, or a moment in ISO 8601. */
  readonly expires?: string | undefined;
  /** Separated by commas. */
  readonly domains?: string | undefined;
  readonly scopes?: string | undefined;
  readonly in?: ApiKey["environment"] | undefined;
  /** Restricts the key to these, and to none if empty; if absent, the key may use all. */
  readonly resources?: string | undefined;
  /** Numbers separated by commas, in the order of `LIMITS`. */
  readonly limits?: string | undefined;
}

/** Search parameters that close the form. */
export const NO_FORM = {
  create: undefined,
  name: undefined,
  expires: undefined,
  domains: undefined,
  scopes: undefined,
  in: undefined,
  resources: undefined,
  limits: undefined,
} as const satisfies Record<keyof Prefill | "create", undefined>;
