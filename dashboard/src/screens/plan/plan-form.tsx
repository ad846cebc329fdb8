/** The operator's form for the plan of an organization and its own limits. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { useRefresh } from "../../app/refresh.ts";
import { usePlatform } from "../../app/session.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { SelectField } from "../../controls/field.tsx";
import { Card } from "../../controls/page.tsx";
import { Fault } from "../../controls/states.tsx";
import { fieldOf, sentenceOf } from "../../words/failure.ts";
import { type Overrides, PLAN_LIMITS, planTitle } from "../../words/plan.ts";
import { OverrideField } from "./override-field.tsx";
import { formOf, overridesOf } from "./override-form.ts";

interface PlanFormProps {
  organizationId: string;
  plan: string;
  overrides: Overrides;
}

const FIELDS = ["plan", ...PLAN_LIMITS.map((name) => `overrides.${name}` as const)] as const;

export function PlanForm({ organizationId, plan, overrides }: PlanFormProps) {
  const { plans } = usePlatform();
  const [chosen, setChosen] = useState(plan);
  const [form, setForm] = useState(() => formOf(overrides));
  const { mutate, isPending, error } = usePlanChange(organizationId);
  const faulty = fieldOf(error, FIELDS);
  const faultOf = (field: (typeof FIELDS)[number]) => (faulty === field ? sentenceOf(error) : undefined);
  const names = Object.hasOwn(plans, plan) ? Object.keys(plans) : [plan, ...Object.keys(plans)];
  return (
    <Card title="Change the plan" text="Only the operator sees this. Changes apply from the next request on.">
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isPending) mutate({ plan: chosen, overrides: overridesOf(form) });
        }}
      >
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <SelectField
            label="Plan"
            fault={faultOf("plan")}
            value={chosen}
            onChange={(event) => setChosen(event.target.value)}
            choices={names.map((name) => ({ value: name, label: planTitle(plans, name) }))}
          />
        </div>
        <fieldset className="grid items-start gap-4 lg:grid-cols-2">
          <legend className="mb-2 font-medium">Limits of this organization only</legend>
          {PLAN_LIMITS.map((name) => (
            <OverrideField
              key={name}
              name={name}
              plan={plans[chosen]}
              input={form[name]}
              fault={faultOf(`overrides.${name}`)}
              onChange={(input) => setForm({ ...form, [name]: input })}
            />
          ))}
        </fieldset>
        {error !== null && faulty === undefined && <Fault error={error} />}
        <Button type="submit" look="primary" busy={isPending}>
          Save
        </Button>
      </form>
    </Card>
  );
}

function usePlanChange(organizationId: string) {
  const refresh = useRefresh("plan", organizationId);
  return useMutation({
    mutationFn: (changes: { plan: string; overrides: Overrides }) => client.organizations.update(organizationId, changes),
    onSuccess: () => announce("The plan has been saved"),
    onSettled: refresh,
  });
}
