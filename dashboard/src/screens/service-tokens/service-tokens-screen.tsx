/** The operator's page of service tokens. */
import type { ServiceToken } from "@keyward/sdk";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { Confirm } from "../../app/confirm.tsx";
import { OperatorsOnly } from "../../app/operators-only.tsx";
import { serverUrl } from "../../app/place.ts";
import { useSession } from "../../app/session.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { CopyButton } from "../../controls/copy-button.tsx";
import { Icon } from "../../controls/icon.tsx";
import { Card, Page } from "../../controls/page.tsx";
import { isNotFound } from "../../words/failure.ts";
import { verifySample } from "../../words/samples.ts";
import { TITLES } from "../../words/titles.ts";
import { CreateServiceToken } from "./create-service-token.tsx";
import { ServiceTokensTable } from "./service-tokens-table.tsx";

export function ServiceTokensScreen() {
  const { isOperator } = useSession();
  return isOperator ? <OperatorsView /> : <OperatorsOnly title={TITLES.serviceTokens} />;
}

function OperatorsView() {
  const [isCreating, setCreating] = useState(false);
  const [revoked, setRevoked] = useState<ServiceToken>();
  const query = useQuery({ queryKey: ["service-tokens"], queryFn: ({ signal }) => client.serviceTokens.list({ signal }) });
  return (
    <Page
      title={TITLES.serviceTokens}
      text="Your applications use a service token to ask Keyward whether a key is valid."
      actions={
        <Button look="primary" onClick={() => setCreating(true)}>
          <Icon name="plus" />
          Create service token
        </Button>
      }
    >
      <Card flush>
        <ServiceTokensTable query={query} onRevoke={setRevoked} />
      </Card>
      <VerifySample />
      {isCreating && <CreateServiceToken onClose={() => setCreating(false)} />}
      {revoked !== undefined && <Revocation serviceToken={revoked} onClose={() => setRevoked(undefined)} />}
    </Page>
  );
}

function Revocation({ serviceToken: { id, name }, onClose }: { serviceToken: ServiceToken; onClose: () => void }) {
  const cache = useQueryClient();
  const revoke = async () => {
    await client.serviceTokens.revoke(id).catch((error) => {
      if (!isNotFound(error)) throw error;
    });
    await cache.invalidateQueries({ queryKey: ["service-tokens"] });
    announce(`${name} revoked`);
  };
  return (
    <Confirm
      title={`Revoke ${name}?`}
      description="Applications that use this token can no longer verify keys. This cannot be undone."
      action="Revoke"
      onConfirm={revoke}
      onClose={onClose}
    />
  );
}

const COMMAND = verifySample(serverUrl);

function VerifySample() {
  return (
    <Card
      title="Verify a key"
      text="The response says whether the key is valid, and if not, why; whose key it is; and what is left of its limits."
      actions={<CopyButton text={COMMAND} what="Command" />}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-xs">
        {COMMAND}
      </pre>
    </Card>
  );
}
