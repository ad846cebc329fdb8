import type { Plan } from "../engine/api-key.ts";

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  /** What the operator grants this organization beyond its plan; an absent limit is the plan's. */
  readonly overrides: Partial<Plan>;
  readonly createdAt: number;
  readonly updatedAt: number;
}
