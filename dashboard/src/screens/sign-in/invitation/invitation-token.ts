/** The token of an invitation's link. It is behind `#`, so that it reaches no server and no log. */
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/**
 * Used only for the way to a provider's page and back, which memory does not survive. Session storage belongs to one tab, and the token is
 * removed from it as soon as the page is back.
 */
const ON_THE_WAY = "keyward.invitation";

let held: string | undefined;

/** Reads the token and removes it from the address bar and the storage: it must not stay in a history or a screenshot. */
function takeToken(): string | undefined {
  const { hash, pathname, search } = window.location;
  const kept = sessionStorage.getItem(ON_THE_WAY);
  sessionStorage.removeItem(ON_THE_WAY);
  held = (hash === "" ? undefined : hash.slice(1)) ?? held ?? kept ?? undefined;
  if (hash !== "") window.history.replaceState(window.history.state, "", `${pathname}${search}`);
  return held;
}

/** Stores the token for the way to a provider and back. */
export function keepForReturn(token: string): void {
  sessionStorage.setItem(ON_THE_WAY, token);
}

export function forgetToken(): void {
  held = undefined;
}

/** The token in memory. A second link opened in the same tab replaces the first. */
export function useInvitationToken(): string | undefined {
  const { history } = useRouter();
  const [token, setToken] = useState(takeToken);
  useEffect(() => history.subscribe(() => window.location.hash !== "" && setToken(takeToken())), [history]);
  return token;
}
