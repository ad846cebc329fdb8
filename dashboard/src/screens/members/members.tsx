/** The table of members. */
import type { Member } from "@keyward/sdk";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { membersQuery } from "../../app/organization.ts";
import { Card } from "../../controls/page.tsx";
import { Blank, Failed, Fault, Loading } from "../../controls/states.tsx";
import { Table } from "../../controls/table.tsx";
import { MemberRow } from "./member-row.tsx";
import { Removal } from "./removal.tsx";
import { useRoleChange } from "./use-role-change.ts";

export function Members({ organizationId }: { organizationId: string }) {
  const query = useQuery(membersQuery(organizationId));
  const { change, changing, error } = useRoleChange(organizationId);
  const [removed, setRemoved] = useState<Member>();
  if (query.data === undefined)
    return <Card>{query.error === null ? <Loading /> : <Failed error={query.error} retry={() => void query.refetch()} />}</Card>;
  const { data } = query.data;
  const columns = [{ title: "Person" }, { title: "Role" }, { title: "Joined", wide: true }, { title: "Actions", quiet: true }];
  return (
    <>
      {error !== null && (
        <div className="mb-4">
          <Fault error={error} />
        </div>
      )}
      <Card flush>
        {data.length === 0 && (
          <Blank icon="people" title="No members yet" text="The operator manages this organization until somebody accepts an invitation." />
        )}
        {data.length > 0 && (
          <Table label="Members" columns={columns}>
            {data.map((member) => (
              <MemberRow
                key={member.user.id}
                organizationId={organizationId}
                member={changing?.userId === member.user.id ? { ...member, role: changing.role } : member}
                was={member.role}
                isBusy={changing?.userId === member.user.id}
                onRole={(role) => change({ userId: member.user.id, name: member.user.name, role })}
                onRemove={() => setRemoved(member)}
              />
            ))}
          </Table>
        )}
      </Card>
      {removed !== undefined && <Removal organizationId={organizationId} member={removed} onClose={() => setRemoved(undefined)} />}
    </>
  );
}
