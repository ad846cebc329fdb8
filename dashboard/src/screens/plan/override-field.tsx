/** One limit of an organization: the plan's, none, or a number. */
import { SelectField, TextField } from "../../controls/field.tsx";
import { limitInWords } from "../../words/number.ts";
import { type OfferedPlan, PLAN_LIMIT_TITLES, type PlanLimit } from "../../words/plan.ts";
import type { Kind, OverrideInput } from "./override-form.ts";

interface OverrideFieldProps {
  name: PlanLimit;
  /** Undefined for an unknown plan. */
  plan: OfferedPlan | undefined;
  input: OverrideInput;
  fault: string | undefined;
  onChange: (input: OverrideInput) => void;
}

export function OverrideField({ name, plan, input, fault, onChange }: OverrideFieldProps) {
  const title = PLAN_LIMIT_TITLES[name];
  const isOwn = input.kind === "own";
  return (
    <div className="grid items-start gap-2 sm:grid-cols-2">
      <SelectField
        label={title}
        fault={isOwn ? undefined : fault}
        value={input.kind}
        onChange={(event) => onChange({ ...input, kind: event.target.value as Kind })}
        choices={[
          { value: "plan", label: plan === undefined ? "As the plan" : asPlanned(plan, name) },
          { value: "own", label: "A number" },
          { value: "none", label: "No limit" },
        ]}
      />
      {isOwn && (
        <TextField
          label="Number"
          aria-label={`${title}: number`}
          inputMode="numeric"
          autoComplete="off"
          fault={fault}
          value={input.text}
          onChange={(event) => onChange({ ...input, text: event.target.value })}
        />
      )}
    </div>
  );
}

function asPlanned(plan: OfferedPlan, name: PlanLimit): string {
  const limit = limitInWords(plan[name]);
  return plan.customLimits.includes(name) ? `Not set yet: ${limit}` : `As the plan: ${limit}`;
}
