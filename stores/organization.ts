import type { Plan } from "../engine/api-key.ts";

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  /** Limits that the operator set for this organization, instead of the plan's. For an absent limit the plan's applies. */
  readonly overrides: Partial<Plan>;
  readonly createdAt: number;
  readonly updatedAt: number;
}
