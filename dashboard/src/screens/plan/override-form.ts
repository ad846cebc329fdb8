/** The form for an organization's own limits: its initial values, and the body of the request. */
import { type Overrides, PLAN_LIMITS, type PlanLimit } from "../../words/plan.ts";

export type Kind = "plan" | "none" | "own";

export interface OverrideInput {
  readonly kind: Kind;
  /** As typed; used only if the kind is `own`. */
  readonly text: string;
}

type OverrideForm = Readonly<Record<PlanLimit, OverrideInput>>;

export function formOf(overrides: Overrides): OverrideForm {
  const input = (name: PlanLimit): OverrideInput => {
    const value = overrides[name];
    if (value === undefined) return { kind: "plan", text: "" };
    return value === null ? { kind: "none", text: "" } : { kind: "own", text: String(value) };
  };
  return Object.fromEntries(PLAN_LIMITS.map((name) => [name, input(name)])) as unknown as OverrideForm;
}

/** Text that is not a number becomes 0, which the server refuses, naming the field. */
export function overridesOf(form: OverrideForm): Overrides {
  return Object.fromEntries(
    PLAN_LIMITS.flatMap((name): [PlanLimit, number | null][] => {
      const { kind, text } = form[name];
      if (kind === "plan") return [];
      return [[name, kind === "none" ? null : Number(text.replaceAll(/[\s,_]/g, "")) || 0]];
    }),
  );
}
