/** The token of an invitation's link: behind `#`, where no server and no log sees it. */
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/**
 * For one journey: to a provider's page and back, which nothing in memory survives. Of all storage this is of one window alone, and what
 * it holds is removed as soon as the page is back.
 */
const ON_THE_WAY = "keyward.invitation";

let held: string | undefined;

/** Reads the token once, and takes it out of the address bar and of the storage: it must not stay in a history or a screenshot. */
function takeToken(): string | undefined {
  const { hash, pathname, search } = window.location;
  const kept = sessionStorage.getItem(ON_THE_WAY);
  sessionStorage.removeItem(ON_THE_WAY);
  held = (hash === "" ? undefined : hash.slice(1)) ?? held ?? kept ?? undefined;
  if (hash !== "") window.history.replaceState(window.history.state, "", `${pathname}${search}`);
  return held;
}

/** For the way to a provider and back. */
export function keepForReturn(token: string): void {
  sessionStorage.setItem(ON_THE_WAY, token);
}

export function forgetToken(): void {
  held = undefined;
}

/** The token in memory; a second link that is opened in the same window takes the place of the first. */
export function useInvitationToken(): string | undefined {
  const { history } = useRouter();
  const [token, setToken] = useState(takeToken);
  useEffect(() => history.subscribe(() => window.location.hash !== "" && setToken(takeToken())), [history]);
  return token;
}
