/** The operator's list of all organizations. */
import type { Organization } from "@keyward/sdk";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { OperatorsOnly } from "../../app/operators-only.tsx";
import { usePlatform, useSession } from "../../app/session.ts";
import { Badge } from "../../controls/badge.tsx";
import { Button } from "../../controls/button.tsx";
import { Icon } from "../../controls/icon.tsx";
import { Card, Page } from "../../controls/page.tsx";
import { Blank, Failed, Fault, Loading } from "../../controls/states.tsx";
import { Cell, Table } from "../../controls/table.tsx";
import { Time } from "../../controls/time.tsx";
import { planTitle } from "../../words/plan.ts";
import { TITLES } from "../../words/titles.ts";
import { CreateOrganization } from "./create-organization.tsx";

export function OrganizationsScreen() {
  const { isOperator } = useSession();
  const [isCreating, setCreating] = useState(false);
  if (!isOperator) return <OperatorsOnly title={TITLES.organizations} />;
  return (
    <Page
      title={TITLES.organizations}
      text="Everybody's keys belong to an organization. As the operator you manage all of them."
      actions={
        <Button look="primary" onClick={() => setCreating(true)}>
          <Icon name="plus" />
          Create organization
        </Button>
      }
    >
      <Card flush>
        <Organizations />
      </Card>
      {isCreating && <CreateOrganization onClose={() => setCreating(false)} />}
    </Page>
  );
}

function Organizations() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useOrganizations();
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} retry={() => void refetch()} />;
  const all = data.pages.flatMap((page) => page.data);
  if (all.length === 0)
    return <Blank icon="building" title="No organizations yet" text="Create one, or let people sign in: each first sign-in creates one." />;
  return (
    <>
      <Table label={TITLES.organizations} columns={[{ title: "Name" }, { title: "Plan" }, { title: "Created", wide: true }]}>
        {all.map((organization) => (
          <OrganizationRow key={organization.id} organization={organization} />
        ))}
      </Table>
      {error !== null && <Fault error={error} />}
      {hasNextPage && (
        <div className="border-t border-line p-3 text-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}

function useOrganizations() {
  return useInfiniteQuery({
    queryKey: ["organizations"],
    queryFn: ({ signal, pageParam }) => client.organizations.list(pageParam === undefined ? {} : { cursor: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
}

function OrganizationRow({ organization: { id, name, plan, overrides, createdAt } }: { organization: Organization }) {
  const { plans } = usePlatform();
  return (
    <tr>
      <Cell>
        <Link
          to="/org/$organizationId/settings/api-keys"
          params={{ organizationId: id }}
          search={{}}
          className="font-medium break-all text-accent hover:underline"
        >
          {name}
        </Link>
        <span className="block font-mono text-xs break-all text-ink-faint max-sm:text-[0.6875rem]">{id}</span>
      </Cell>
      <Cell>
        <span className="flex flex-wrap gap-1.5">
          {planTitle(plans, plan)}
          {Object.keys(overrides).length > 0 && <Badge>own limits</Badge>}
        </span>
      </Cell>
      <Cell wide>
        <Time at={createdAt} />
      </Cell>
    </tr>
  );
}
