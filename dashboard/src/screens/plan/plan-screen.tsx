/** The plan of an organization: its limits, how many keys are used, and the other plans. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { client } from "../../app/client.ts";
import { usePlatform, useSession } from "../../app/session.ts";
import { Meter } from "../../controls/meter.tsx";
import { Card, Page } from "../../controls/page.tsx";
import { Failed, Loading } from "../../controls/states.tsx";
import { wholeNumber } from "../../words/number.ts";
import { keysSentence, keysTone, planTitle } from "../../words/plan.ts";
import { TITLES } from "../../words/titles.ts";
import { GrantedLimits } from "./granted-limits.tsx";
import { PlanForm } from "./plan-form.tsx";
import { PlansTable } from "./plans-table.tsx";

const route = getRouteApi("/signed-in/org/$organizationId/settings/plan");

export function PlanScreen() {
  const { organizationId } = route.useParams();
  const { plans, title } = usePlatform();
  const { isOperator } = useSession();
  const { data, error, refetch } = useQuery({
    queryKey: ["plan", organizationId],
    queryFn: ({ signal }) => client.organizations.plan(organizationId, { signal }),
  });
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} retry={() => void refetch()} />;
  const { plan, overrides, keys } = data;
  return (
    <Page title={TITLES.plan} text={isOperator ? undefined : `To change the plan or its limits, ask the operator of ${title}.`}>
      <Card title={`Plan ${planTitle(plans, plan)}`} text="These limits apply to each key, unless its own limits are lower.">
        {!Object.hasOwn(plans, plan) && <p className="mb-4 rounded-lg bg-warn-soft px-3 py-2 text-warn">This plan is no longer offered.</p>}
        <GrantedLimits planned={plans[plan]} overrides={overrides} />
      </Card>
      <Card title="Keys">
        {keys.allowed === null ? (
          <p>{wholeNumber(keys.active)} active. There is no limit on the number of keys.</p>
        ) : (
          <Meter title="Active keys" words={keysSentence(keys)} value={keys.active} maximum={keys.allowed} tone={keysTone(keys)} />
        )}
      </Card>
      <Card flush title="All plans">
        <PlansTable current={plan} overrides={overrides} />
      </Card>
      {isOperator && <PlanForm key={JSON.stringify([plan, overrides])} {...{ organizationId, plan, overrides }} />}
    </Page>
  );
}
