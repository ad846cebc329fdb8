/** The sign-in page, which then leads to the page that was asked for. */
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { FrontPage } from "../../app/front-page.tsx";
import { addressOf } from "../../app/place.ts";
import { usePlatform, useSession } from "../../app/session.ts";
import { ownPlace } from "./own-place.ts";
import { SignInError } from "./sign-in-error.tsx";
import { WaysIn } from "./ways-in.tsx";

const SIGN_IN = "/keyward/sign-in";

export function SignInScreen() {
  const { title } = usePlatform();
  const { user } = useSession();
  const search = useSearch({ from: SIGN_IN });
  const next = ownPlace(search.next);
  const [isCreating, setCreating] = useState(false);
  useGoingOn(user !== null, next ?? "/keyward/");
  if (user !== null) return <FrontPage title={`Signed in to ${title}`} text="One moment, your page is loading." />;
  return (
    <FrontPage title={isCreating ? `Create your ${title} account` : `Sign in to ${title}`}>
      <SignInError code={search.error} />
      <WaysIn
        comeBack={next ?? "/keyward/"}
        onCreating={setCreating}
        comeBackRefused={next === undefined ? SIGN_IN : `${SIGN_IN}?next=${encodeURIComponent(next)}`}
      />
    </FrontPage>
  );
}

/** Goes to the requested page as soon as somebody is signed in, replacing this page in the history. */
function useGoingOn(isSignedIn: boolean, place: string): void {
  const { history } = useRouter();
  useEffect(() => {
    if (isSignedIn) history.replace(addressOf(place));
  }, [isSignedIn, history, place]);
}
