/** The general settings of an organization: name, id, plan, environments. */
import type { Organization } from "@keyward/sdk";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { organizationQuery } from "../../app/organization.ts";
import { useMay, usePlatform } from "../../app/session.ts";
import { Badge } from "../../controls/badge.tsx";
import { CopyButton } from "../../controls/copy-button.tsx";
import { Card, Page } from "../../controls/page.tsx";
import { Failed, Loading } from "../../controls/states.tsx";
import { Time } from "../../controls/time.tsx";
import { ENVIRONMENT_TITLES } from "../../words/environment.ts";
import { planTitle } from "../../words/plan.ts";
import { TITLES } from "../../words/titles.ts";
import { NameForm } from "./name-form.tsx";

export function SettingsScreen() {
  const { organizationId } = useParams({ from: "/signed-in/org/$organizationId/settings/general" });
  const { data, error, refetch } = useQuery(organizationQuery(organizationId));
  return (
    <Page title={TITLES.general} text="The name and details of the organization.">
      {data !== undefined && <Settings organization={data} />}
      {data === undefined && (
        <Card>
          {error === null ? (
            <Loading rows={4} />
          ) : (
            <Failed error={error} retry={() => void refetch()} missing="There is no such organization, or you do not belong to it." />
          )}
        </Card>
      )}
    </Page>
  );
}

function Settings({ organization }: { organization: Organization }) {
  const may = useMay(organization.id);
  return (
    <>
      <Card title="Name" text="Everybody who belongs to the organization sees it.">
        {may("organization") ? (
          // Keyed by organization: the field resets for another organization, but not when the record is read again while typing.
          <NameForm key={organization.id} organization={organization} />
        ) : (
          <>
            <p className="font-medium break-words">{organization.name}</p>
            <p className="mt-1 text-ink-soft">Only owners and admins can change the name.</p>
          </>
        )}
      </Card>
      <Facts organization={organization} />
    </>
  );
}

function Facts({ organization }: { organization: Organization }) {
  const { environments, plans } = usePlatform();
  const { id, plan, createdAt } = organization;
  return (
    <Card title="About">
      <dl className="grid gap-x-6 gap-y-0.5 sm:gap-y-4 max-sm:[&>dd]:mb-2.5 sm:grid-cols-[10rem_1fr]">
        <dt className="text-ink-soft">Organization id</dt>
        <dd className="flex flex-wrap items-center gap-2">
          <code className="font-mono text-xs break-all">{id}</code>
          <CopyButton text={id} what="Organization id" />
        </dd>
        <dt className="text-ink-soft">Plan</dt>
        <dd>
          <span className="font-medium">{planTitle(plans, plan)}</span> ·{" "}
          <Link
            to="/org/$organizationId/settings/plan"
            params={{ organizationId: id }}
            className="font-medium text-accent underline underline-offset-2"
          >
            {TITLES.plan}
          </Link>
        </dd>
        <dt className="text-ink-soft">{environments.length === 1 ? "Environment" : "Environments"}</dt>
        <dd className="flex flex-wrap gap-1.5">
          {environments.map((environment) => (
            <Badge key={environment} tone={environment === "live" ? "accent" : "plain"}>
              {ENVIRONMENT_TITLES[environment]}
            </Badge>
          ))}
        </dd>
        <dt className="text-ink-soft">Created</dt>
        <dd>
          <Time at={createdAt} />
        </dd>
      </dl>
    </Card>
  );
}
