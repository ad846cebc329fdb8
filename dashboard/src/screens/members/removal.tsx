/** The question before a member is removed or leaves. */
import type { Member } from "@keyward/sdk";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { client } from "../../app/client.ts";
import { Confirm } from "../../app/confirm.tsx";
import { useOrganizationName } from "../../app/organization.ts";
import { useRefresh } from "../../app/refresh.ts";
import { sessionQuery, useSession } from "../../app/session.ts";
import { announce } from "../../controls/announcer.tsx";
import { isNotFound } from "../../words/failure.ts";

export function Removal({ organizationId, member: { user }, onClose }: { organizationId: string; member: Member; onClose: () => void }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const isSelf = useSession().user?.id === user.id;
  const organization = useOrganizationName(organizationId) ?? "this organization";
  const refresh = useRefresh("members", organizationId);
  const remove = async () => {
    await client.members.remove(organizationId, user.id).catch((error) => {
      if (!isNotFound(error)) throw error;
    });
    announce(isSelf ? `You have left ${organization}` : `${user.name} removed`);
    if (!isSelf) return refresh();
    await cache.fetchQuery({ ...sessionQuery, staleTime: 0 });
    return navigate({ to: "/keyward" });
  };
  return (
    <Confirm
      title={isSelf ? `Leave ${organization}?` : `Remove ${user.name}?`}
      description={
        isSelf
          ? "You lose access at once. The keys stay as they are. To come back you need a new invitation."
          : `${user.email} loses access at once. The organization's keys stay as they are, including those that this person created.`
      }
      action={isSelf ? "Leave" : "Remove"}
      onConfirm={remove}
      onClose={onClose}
    />
  );
}
