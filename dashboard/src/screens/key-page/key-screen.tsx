/** The page of one key: details, use, refusals, limits, test, samples, history. */
import type { ApiKey } from "@keyward/sdk";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useMay, usePlatform } from "../../app/session.ts";
import { ButtonLink } from "../../controls/button.tsx";
import { BackLink, Page } from "../../controls/page.tsx";
import { BlankPage, Failed, Loading } from "../../controls/states.tsx";
import { ConditionBadge } from "../../keys/condition-badge.tsx";
import type { KeyDialog } from "../../keys/dialogs/key-dialog.ts";
import { nameOf } from "../../keys/key-name.ts";
import { keyQuery } from "../../keys/key-queries.ts";
import { isNotFound } from "../../words/failure.ts";
import { TITLES } from "../../words/titles.ts";
import { Advice } from "./advice.tsx";
import { DomainsCard } from "./domains-card.tsx";
import { KeyActions } from "./key-actions.tsx";
import { KeyFacts } from "./key-facts.tsx";
import { LimitsCard } from "./limits-card.tsx";
import { RefusalsCard } from "./refusals-card.tsx";
import { SamplesCard } from "./samples-card.tsx";
import { TestCard } from "./test-card.tsx";
import { TrailCard } from "./trail-card.tsx";
import { UsageCard } from "./usage-card.tsx";

const KeyDialogs = lazy(() => import("../../keys/dialogs/key-dialogs.tsx").then((module) => ({ default: module.KeyDialogs })));
const route = getRouteApi("/signed-in/org/$organizationId/settings/api-keys/$keyId");
const READ_AGAIN_MS = 30_000;

export function KeyScreen() {
  const { organizationId, keyId } = route.useParams();
  const { period = "24h" } = route.useSearch();
  const mayChange = useMay(organizationId)("keys");
  const { fields } = usePlatform().dashboard;
  const {
    data: apiKey,
    error,
    refetch,
  } = useQuery({
    ...keyQuery(organizationId, keyId),
    // So that a change made elsewhere is seen.
    refetchInterval: ({ state }) => (state.status === "error" ? false : READ_AGAIN_MS),
  });
  if (isNotFound(error)) return <Gone organizationId={organizationId} wasSeen={apiKey !== undefined} />;
  if (apiKey === undefined) return error === null ? <Loading /> : <Failed isPage error={error} retry={() => void refetch()} />;
  const isRevoked = apiKey.status === "revoked";
  return (
    <KeyPage key={keyId} {...{ organizationId, apiKey, isRevoked }}>
      {!isRevoked && mayChange && fields.includes("domains") && <DomainsCard {...{ organizationId, apiKey }} />}
      <UsageCard {...{ organizationId, keyId, period }} />
      <RefusalsCard {...{ organizationId, keyId }} />
      {!isRevoked && <LimitsCard {...{ organizationId, keyId }} />}
      {!isRevoked && mayChange && <TestCard {...{ organizationId, keyId }} />}
      {!isRevoked && <SamplesCard />}
      <TrailCard {...{ organizationId, keyId }} />
    </KeyPage>
  );
}

interface KeyPageProps {
  organizationId: string;
  apiKey: ApiKey;
  isRevoked: boolean;
  children: ReactNode;
}

function KeyPage({ organizationId, apiKey, isRevoked, children }: KeyPageProps) {
  const mayChange = useMay(organizationId)("keys") && !isRevoked;
  const [dialog, setDialog] = useState<KeyDialog>();
  return (
    <Page
      title={nameOf(apiKey)}
      back={
        <BackLink to="/org/$organizationId/settings/api-keys" params={{ organizationId }} search={{}}>
          {TITLES.keys}
        </BackLink>
      }
      text={<ConditionBadge apiKey={apiKey} />}
      actions={mayChange && <KeyActions {...{ organizationId, apiKey }} open={setDialog} />}
    >
      <Advice apiKey={apiKey} />
      <KeyFacts {...{ organizationId, apiKey }} />
      {children}
      {dialog !== undefined && (
        <Suspense>
          <KeyDialogs organizationId={organizationId} dialog={dialog} onClose={() => setDialog(undefined)} />
        </Suspense>
      )}
    </Page>
  );
}

/** `wasSeen`: the page was showing the key until now. */
function Gone({ organizationId, wasSeen }: { organizationId: string; wasSeen: boolean }) {
  return (
    <BlankPage
      icon="search"
      title={wasSeen ? "This key has been removed" : "There is no such key"}
      text={
        wasSeen ? "Somebody removed it while you were looking at it." : "It may have been removed, or it belongs to another organization."
      }
    >
      <ButtonLink look="primary" to="/org/$organizationId/settings/api-keys" params={{ organizationId }} search={{}}>
        Go to the API keys
      </ButtonLink>
    </BlankPage>
  );
}
