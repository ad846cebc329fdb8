/** The columns of the list of keys. The platform says which ones, and in which order. */
import type { ApiKey, PlatformDescription } from "@keyward/sdk";
import { Link } from "@tanstack/react-router";
import { type ColumnDef, tableFeatures } from "@tanstack/react-table";
import { Badge } from "../../controls/badge.tsx";
import { Time } from "../../controls/time.tsx";
import { useIsNarrow } from "../../controls/use-is-narrow.ts";
import { ConditionBadge } from "../../keys/condition-badge.tsx";
import { EnabledSwitch } from "../../keys/enabled-switch.tsx";
import { nameOf } from "../../keys/key-name.ts";
import type { DailyUse } from "./keys-query.ts";
import { Sparkline } from "./sparkline.tsx";

export const features = tableFeatures({});

/** A key in the list, with what is shown beside it. */
export interface Row {
  readonly apiKey: ApiKey;
  /** Undefined until it is known. */
  readonly use: DailyUse | undefined;
}

export type Column = PlatformDescription["dashboard"]["columns"][number];
type Definition = ColumnDef<typeof features, Row>;

/** The columns that the server can sort by. */
export const SORTED_BY: Partial<Record<Column, "name" | "createdAt" | "lastUsedAt" | "expiresAt">> = {
  name: "name",
  createdAt: "createdAt",
  lastUsedAt: "lastUsedAt",
  expiresAt: "expiresAt",
};

/** The window width from which a column is shown; the others always are. */
export const SHOWN_FROM: Readonly<Record<string, string>> = {
  prefix: "max-md:hidden",
  publicKey: "max-lg:hidden",
  lastUsedAt: "max-md:hidden",
  expiresAt: "max-lg:hidden",
  createdAt: "max-xl:hidden",
  use: "max-xl:hidden",
};

export interface ColumnContext {
  readonly organizationId: string;
  readonly platform: PlatformDescription;
  readonly mayChange: boolean;
}

/** The platform's columns, and the use of the last days as the last one. */
export function columnsOf(context: ColumnContext): Definition[] {
  const cells: Record<Column, Pick<Definition, "header" | "cell">> = {
    name: { header: context.platform.dashboard.words.name, cell: ({ row }) => <Name context={context} apiKey={row.original.apiKey} /> },
    publicKey: { header: "Public Key", cell: ({ row }) => <Code text={row.original.apiKey.publicKey ?? row.original.apiKey.prefix} /> },
    prefix: { header: "Prefix", cell: ({ row }) => <Code text={row.original.apiKey.prefix} /> },
    createdAt: { header: "Created", cell: ({ row }) => <Time short at={row.original.apiKey.createdAt} /> },
    lastUsedAt: { header: "Last Used", cell: ({ row }) => <Time short at={row.original.apiKey.lastUsedAt} /> },
    expiresAt: { header: "Expires", cell: ({ row }) => <Time short at={row.original.apiKey.expiresAt} /> },
    status: { header: "Status", cell: ({ row }) => <Status context={context} apiKey={row.original.apiKey} /> },
  };
  const use: Definition = {
    id: "use",
    header: "Last 7 days",
    cell: ({ row }) => row.original.use !== undefined && <Sparkline use={row.original.use} />,
  };
  return [...context.platform.dashboard.columns.map((id): Definition => ({ id, ...cells[id] })), use];
}

function Code({ text }: { text: string }) {
  return (
    <code className="block max-w-44 truncate font-mono text-xs text-ink-soft xl:max-w-80" title={text}>
      {text}
    </code>
  );
}

/** On a phone, condition and last use are shown below the name. */
function Name({ context: { organizationId, platform }, apiKey }: { context: ColumnContext; apiKey: ApiKey }) {
  const isNarrow = useIsNarrow();
  return (
    <div className="min-w-0">
      <div className="flex min-w-0 items-center gap-2">
        <Link
          to="/org/$organizationId/settings/api-keys/$keyId"
          params={{ organizationId, keyId: apiKey.id }}
          data-key-link=""
          className="truncate rounded font-medium hover:underline"
        >
          {apiKey.name ?? <span className="font-mono text-xs">{nameOf(apiKey)}</span>}
        </Link>
        {platform.environments.length > 1 && apiKey.environment === "test" && <Badge>Test</Badge>}
      </div>
      {isNarrow && (
        <div className="mt-0.5 flex items-center gap-2 text-xs text-ink-soft">
          <ConditionBadge apiKey={apiKey} />
          <span className="truncate">
            <Time short at={apiKey.lastUsedAt} never="Never used" />
          </span>
        </div>
      )}
    </div>
  );
}

function Status({ context: { organizationId, platform, mayChange }, apiKey }: { context: ColumnContext; apiKey: ApiKey }) {
  const isNarrow = useIsNarrow();
  return (
    <span className="flex items-center gap-2.5">
      {mayChange && platform.dashboard.actions.includes("toggle") && apiKey.status !== "revoked" && (
        <EnabledSwitch organizationId={organizationId} apiKey={apiKey} />
      )}
      {!isNarrow && <ConditionBadge apiKey={apiKey} />}
    </span>
  );
}
