/** The invitations that can still be accepted. */
import type { Invitation } from "@keyward/sdk";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { Confirm } from "../../app/confirm.tsx";
import { useRefresh } from "../../app/refresh.ts";
import { announce } from "../../controls/announcer.tsx";
import { Card } from "../../controls/page.tsx";
import { RowButton } from "../../controls/row-button.tsx";
import { Failed, Loading } from "../../controls/states.tsx";
import { Cell, Table } from "../../controls/table.tsx";
import { Time } from "../../controls/time.tsx";
import { isNotFound } from "../../words/failure.ts";
import { roleInWords } from "../../words/role.ts";

const COLUMNS = [{ title: "For" }, { title: "Role" }, { title: "Expires", wide: true }, { title: "Actions", quiet: true }];

export function Invitations({ organizationId }: { organizationId: string }) {
  const [withdrawn, setWithdrawn] = useState<Invitation>();
  const { data, error, refetch } = useQuery({
    queryKey: ["invitations", organizationId],
    queryFn: ({ signal }) => client.invitations.list(organizationId, { signal }),
  });
  return (
    <Card flush title="Invitations" text="Links that nobody has used yet. Each works once, for seven days.">
      {data === undefined && (error === null ? <Loading rows={2} /> : <Failed error={error} retry={() => void refetch()} />)}
      {data?.data.length === 0 && <p className="px-4 pb-5 text-ink-soft sm:px-5">No open invitations.</p>}
      {data !== undefined && data.data.length > 0 && (
        <Table label="Invitations" columns={COLUMNS}>
          {data.data.map((invitation) => (
            <InvitationRow key={invitation.id} invitation={invitation} onWithdraw={() => setWithdrawn(invitation)} />
          ))}
        </Table>
      )}
      {withdrawn !== undefined && <Withdrawal invitation={withdrawn} onClose={() => setWithdrawn(undefined)} />}
    </Card>
  );
}

function InvitationRow({
  invitation: { note, role, createdAt, expiresAt },
  onWithdraw,
}: {
  invitation: Invitation;
  onWithdraw: () => void;
}) {
  return (
    <tr>
      <Cell>
        <span className="font-medium wrap-anywhere">{note ?? <span className="font-normal text-ink-faint">No note</span>}</span>
        <span className="block text-xs text-ink-soft">
          Invited <Time at={createdAt} />
          <span className="sm:hidden">
            , expires <Time at={expiresAt} />
          </span>
        </span>
      </Cell>
      <Cell>{roleInWords(role)}</Cell>
      <Cell wide>
        <Time at={expiresAt} />
      </Cell>
      <Cell last>
        <RowButton aria-label={`Withdraw the invitation for ${note ?? "somebody"}`} onClick={onWithdraw}>
          Withdraw
        </RowButton>
      </Cell>
    </tr>
  );
}

function Withdrawal({ invitation: { id, organizationId, note }, onClose }: { invitation: Invitation; onClose: () => void }) {
  const refresh = useRefresh("members", organizationId);
  const withdraw = async () => {
    let isGone = false;
    await client.invitations.revoke(organizationId, id).catch((error) => {
      if (!isNotFound(error)) throw error;
      isGone = true;
    });
    announce(isGone ? "It was already used or withdrawn" : "Invitation withdrawn");
    await refresh();
  };
  return (
    <Confirm
      title={note === null ? "Withdraw this invitation?" : `Withdraw the invitation for ${note}?`}
      description="Its link stops working at once."
      action="Withdraw"
      onConfirm={withdraw}
      onClose={onClose}
    />
  );
}
