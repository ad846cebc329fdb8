/** Service tokens: the operator's. */
import type { ServiceToken } from "@keyward/sdk";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { Confirm } from "../../app/confirm.tsx";
import { OperatorsOnly } from "../../app/operators-only.tsx";
import { useSession } from "../../app/session.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Icon } from "../../controls/icon.tsx";
import { Card, Page } from "../../controls/page.tsx";
import { isNotFound } from "../../words/failure.ts";
import { CreateServiceToken } from "./create-service-token.tsx";
import { ServiceTokensTable } from "./service-tokens-table.tsx";
import { VerifySample } from "./verify-sample.tsx";

const TITLE = "Service tokens";

export function ServiceTokensScreen() {
  const { isOperator } = useSession();
  return isOperator ? <OperatorsView /> : <OperatorsOnly title={TITLE} />;
}

function OperatorsView() {
  const [isCreating, setCreating] = useState(false);
  const [revoked, setRevoked] = useState<ServiceToken>();
  const query = useQuery({ queryKey: ["service-tokens"], queryFn: ({ signal }) => client.serviceTokens.list({ signal }) });
  return (
    <Page
      title={TITLE}
      text="With a service token an application of yours asks Keyward whether a key is good."
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
      description="Applications that use this token can verify no keys any more, from this moment on. This cannot be undone."
      deed="Revoke"
      onConfirm={revoke}
      onClose={onClose}
    />
  );
}
