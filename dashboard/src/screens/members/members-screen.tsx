/** Who belongs to the organization, and who is invited. */
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useMay } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { Icon } from "../../controls/icon.tsx";
import { Page } from "../../controls/page.tsx";
import { TITLES } from "../../words/titles.ts";
import { Invitations } from "./invitations.tsx";
import { Members } from "./members.tsx";

const Invite = lazy(() => import("./invite.tsx").then(({ Invite: component }) => ({ default: component })));

export function MembersScreen() {
  const { organizationId } = useParams({ from: "/signed-in/org/$organizationId/settings/members" });
  const isManager = useMay(organizationId)("members");
  const [isInviting, setInviting] = useState(false);
  return (
    <Page
      title={TITLES.members}
      text={
        isManager
          ? "Who manages the organization's keys."
          : "Who manages the organization's keys. Only owners and admins can change roles, remove members and invite others."
      }
      actions={
        isManager && (
          <Button look="primary" onClick={() => setInviting(true)}>
            <Icon name="plus" />
            Invite
          </Button>
        )
      }
    >
      {/* Keyed by organization, so that choices and errors do not carry over. */}
      <Members key={organizationId} organizationId={organizationId} />
      {isManager && <Invitations key={`${organizationId} invitations`} organizationId={organizationId} />}
      {isInviting && (
        <Suspense>
          <Invite organizationId={organizationId} onClose={() => setInviting(false)} />
        </Suspense>
      )}
    </Page>
  );
}
