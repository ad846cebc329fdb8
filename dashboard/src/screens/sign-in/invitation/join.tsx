/** Joining, for somebody who is signed in. */
import { type InvitationOffer, KeywardError } from "@keyward/sdk";
import { useQueryClient } from "@tanstack/react-query";
import { client } from "../../../app/client.ts";
import { FrontPage } from "../../../app/front-page.tsx";
import { useSession } from "../../../app/session.ts";
import { useEntering } from "../../../app/session-change.ts";
import { useAttempt } from "../../../app/use-attempt.ts";
import { Button, ButtonLink } from "../../../controls/button.tsx";
import { Fault } from "../../../controls/states.tsx";
import { isSignedOut } from "../../../words/failure.ts";
import { asRole, ROLE_MEANINGS } from "../../../words/role.ts";

export interface JoinProps {
  offer: InvitationOffer;
  token: string;
  /** Called with the organization's id. */
  onJoined: (organizationId: string) => void;
}

export function Join({ offer, token, onJoined }: JoinProps) {
  const { isOperator, user } = useSession();
  const { isBusy, error, attempt } = useJoining(token, onJoined);
  if (isOperator)
    return (
      <Already offer={offer} title="You need no invitation" text="The operator already manages every organization, including this one." />
    );
  if (error instanceof KeywardError && error.code === "already_exists")
    return (
      <Already offer={offer} title={`You already belong to ${offer.organizationName}`} text="Somebody else can still use the invitation." />
    );
  return (
    <FrontPage title={`Join ${offer.organizationName} as ${asRole(offer.role)}`} text={ROLE_MEANINGS[offer.role]}>
      {error !== undefined && <Fault error={error} />}
      <Button look="primary" className="w-full" busy={isBusy} onClick={() => attempt()}>
        Join {offer.organizationName}
      </Button>
      <p className="text-xs break-words text-ink-soft">
        You are signed in as {user?.name}, {user?.email}. <OtherAccount />
      </p>
    </FrontPage>
  );
}

/** Not a mutation: the mutation cache would keep the token. */
function useJoining(token: string, onJoined: (organizationId: string) => void) {
  const cache = useQueryClient();
  return useAttempt(
    async () => onJoined((await client.invitations.accept(token)).organizationId),
    // If the session has ended, the page asks to sign in and keeps the invitation.
    (failure) => void (isSignedOut(failure) && cache.invalidateQueries({ queryKey: ["session"] })),
  );
}

/** Signs out and stays on the page, which then asks to sign in. */
function OtherAccount() {
  const enter = useEntering();
  const { isBusy, error, attempt } = useAttempt(
    () => client.session.end().finally(enter),
    // A session that has already ended is fine.
    () => undefined,
  );
  return (
    <>
      <button type="button" className="font-medium text-accent underline" aria-busy={isBusy || undefined} onClick={() => attempt()}>
        Use another account
      </button>
      {error !== undefined && <Fault error={error} />}
    </>
  );
}

function Already({ offer, title, text }: { offer: InvitationOffer; title: string; text: string }) {
  return (
    <FrontPage title={title} text={text}>
      <ButtonLink
        look="primary"
        className="w-full"
        to="/org/$organizationId/settings/api-keys"
        params={{ organizationId: offer.organizationId }}
        search={{}}
      >
        Go to its API keys
      </ButtonLink>
    </FrontPage>
  );
}
