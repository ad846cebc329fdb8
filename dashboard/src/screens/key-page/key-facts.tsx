/** The details of a key, without its secret. */
import type { ApiKey } from "@keyward/sdk";
import type { ReactNode } from "react";
import { usePlatform } from "../../app/session.ts";
import { Badge } from "../../controls/badge.tsx";
import { CopyButton } from "../../controls/copy-button.tsx";
import { Fact, Facts } from "../../controls/facts.tsx";
import { Card } from "../../controls/page.tsx";
import { Time } from "../../controls/time.tsx";
import { KeyLink } from "../../keys/key-link.tsx";
import { ENVIRONMENT_TITLES } from "../../words/environment.ts";

export function KeyFacts({ organizationId, apiKey }: { organizationId: string; apiKey: ApiKey }) {
  const { dashboard, environments } = usePlatform();
  const { id, prefix, publicKey, environment, createdAt, lastUsedAt, expiresAt, revokedAt, predecessorId, successorId } = apiKey;
  return (
    <Card title="Details">
      <Facts>
        {publicKey === null ? (
          <Fact wide name="Key">
            <Copied text={prefix} what="Prefix" />
          </Fact>
        ) : (
          <Fact wide name="Public Key">
            <Copied text={publicKey} what="Public key" />
          </Fact>
        )}
        <Fact wide name="Id">
          <Copied text={id} what="Id" />
        </Fact>
        {environments.length > 1 && (
          <Fact name="Environment">
            <Badge tone={environment === "live" ? "accent" : "plain"}>{ENVIRONMENT_TITLES[environment]}</Badge>
          </Fact>
        )}
        <Fact name="Created">
          <Time at={createdAt} />
        </Fact>
        <Fact name="Last used">
          <Time at={lastUsedAt} />
        </Fact>
        {revokedAt === null ? (
          <Fact name="Expires">
            <Time at={expiresAt} />
          </Fact>
        ) : (
          <Fact name={dashboard.words.revoked}>
            <Time at={revokedAt} />
          </Fact>
        )}
        <Restrictions apiKey={apiKey} />
        {predecessorId !== null && (
          <Fact wide name="Replaces">
            <KeyLink {...{ organizationId }} keyId={predecessorId} />
          </Fact>
        )}
        {successorId !== null && (
          <Fact wide name="Replaced by">
            <KeyLink {...{ organizationId }} keyId={successorId} />
          </Fact>
        )}
      </Facts>
    </Card>
  );
}

/** Where and for what the key may be used. A setting that the platform does not offer is shown only if the key has it. */
function Restrictions({ apiKey: { publicKey, domains, scopes, resources } }: { apiKey: ApiKey }) {
  const { dashboard } = usePlatform();
  const { fields, words } = dashboard;
  return (
    <>
      {publicKey !== null && (
        <Fact wide name="Allowed domains">
          <Several values={domains} none="None: the public key alone works nowhere" />
        </Fact>
      )}
      {(fields.includes("scopes") || scopes.length > 0) && (
        <Fact name="Scopes">
          <Several values={scopes} none="None" />
        </Fact>
      )}
      {(fields.includes("resources") || resources !== null) && (
        <Fact name={words.resources}>
          <Several values={resources ?? []} none={resources === null ? "All" : "None"} />
        </Fact>
      )}
    </>
  );
}

function Several({ values, none }: { values: readonly string[]; none: string }): ReactNode {
  if (values.length === 0) return <span className="text-ink-soft">{none}</span>;
  return (
    <ul className="flex flex-wrap gap-1">
      {values.map((value) => (
        <li key={value} className="rounded bg-sunken px-1.5 py-0.5 font-mono text-xs break-all">
          {value}
        </li>
      ))}
    </ul>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <span className="flex items-center gap-1">
      <code className="min-w-0 font-mono text-xs break-all text-balance">{text}</code>
      <CopyButton look="quiet" text={text} what={what} aria-label={`Copy ${what.toLowerCase()}`} className="-my-2 px-2 text-xs">
        {""}
      </CopyButton>
    </span>
  );
}
