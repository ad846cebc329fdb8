/** The page of an invitation's link: shows the organization and the role, and lets the person join. */
import type { InvitationOffer } from "@keyward/sdk";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useEffect, useId, useState } from "react";
import { client } from "../../../app/client.ts";
import { FrontPage } from "../../../app/front-page.tsx";
import { usePlatform, useSession } from "../../../app/session.ts";
import { Button, ButtonLink } from "../../../controls/button.tsx";
import { Fault, Loading } from "../../../controls/states.tsx";
import { isNotFound } from "../../../words/failure.ts";
import { asRole, ROLE_MEANINGS } from "../../../words/role.ts";
import { timeLeft } from "../../../words/time.ts";
import { SignInError } from "../sign-in-error.tsx";
import { WaysIn } from "../ways-in.tsx";
import { keepForReturn, useInvitationToken } from "./invitation-token.ts";
import { Join, type JoinProps } from "./join.tsx";
import { Joined } from "./joined.tsx";

const HERE = "/keyward/invitation";

export function InvitationScreen() {
  const token = useInvitationToken();
  const [joined, setJoined] = useState<string>();
  if (joined !== undefined) return <Joined organizationId={joined} />;
  if (token === undefined)
    return (
      <FrontPage title="This link is incomplete" text="Open the whole link that you were given, including the part after #.">
        <HomeLink />
      </FrontPage>
    );
  return <Invitation key={token} token={token} onJoined={setJoined} />;
}

/** The token is not in the query key, and the response does not contain it. */
function Invitation({ token, onJoined }: Omit<JoinProps, "offer">) {
  const id = useId();
  const { isOperator, user } = useSession();
  const { data, error, refetch } = useQuery({
    queryKey: ["invitation", id],
    queryFn: ({ signal }) => readOffer(token, user !== null && !isOperator, signal),
    gcTime: 0,
  });
  const joined = data?.joined;
  useEffect(() => {
    if (joined !== undefined) onJoined(joined);
  }, [joined, onJoined]);
  if (isNotFound(error)) return <Gone />;
  if (error !== null)
    return (
      <FrontPage title="Invitation">
        <Fault error={error} />
        <Button onClick={() => void refetch()}>Try again</Button>
      </FrontPage>
    );
  if (data?.offer === undefined)
    return (
      <FrontPage title="Invitation">
        <Loading rows={3} />
      </FrontPage>
    );
  const ways = { offer: data.offer, token, onJoined };
  return user === null ? <SignInFirst {...ways} /> : <Join {...ways} />;
}

type Read = { offer: InvitationOffer; joined?: undefined } | { offer?: undefined; joined: string };

/**
 * What the link offers. A person who comes back from a provider with a new account has already used it and is a member: accepting it again
 * returns that membership. For everybody else a used link does not exist.
 */
async function readOffer(token: string, isSignedIn: boolean, signal: AbortSignal): Promise<Read> {
  try {
    return { offer: await client.invitations.read(token, { signal }) };
  } catch (failure) {
    if (!isSignedIn || !isNotFound(failure)) throw failure;
    return { joined: (await client.invitations.accept(token, { signal })).organizationId };
  }
}

function Gone() {
  return (
    <FrontPage
      title="This invitation is no longer valid"
      text="It was used or withdrawn, or is more than a week old. Ask the person who invited you for a new link."
    >
      <HomeLink />
    </FrontPage>
  );
}

function HomeLink() {
  return <ButtonLink to="/keyward">Go to your API keys</ButtonLink>;
}

/** For somebody who is not signed in. A new account becomes a member at once. */
function SignInFirst({ offer, token, onJoined }: JoinProps) {
  const { title } = usePlatform();
  const { error } = useSearch({ strict: false });
  return (
    <FrontPage
      title={`${offer.organizationName} invites you to ${title}`}
      text={`You join as ${asRole(offer.role)}. ${ROLE_MEANINGS[offer.role]} The invitation is valid for another ${timeLeft(offer.expiresAt, Date.now())}. Sign in first.`}
    >
      <SignInError code={error} />
      <WaysIn
        comeBack={HERE}
        comeBackRefused={HERE}
        invitation={token}
        onLeaving={() => keepForReturn(token)}
        onCreated={() => onJoined(offer.organizationId)}
      />
    </FrontPage>
  );
}
