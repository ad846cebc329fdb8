/** Where the dashboard stands on its server: the server says so with `<base>`, because a reverse proxy may have put it below a path. */
const base = new URL(".", document.baseURI);

/** `/`, or `/keys/` behind a sub-path. */
export const basePath = base.pathname;

/** The address of the server without a slash at its end. */
export const serverUrl = base.href.replace(/\/$/, "");

/** The path on the server of a page of the dashboard: `/keys/keyward/account` for `/keyward/account`. */
export function addressOf(place: string): string {
  return `${basePath}${place.slice(1)}`;
}

/** The address of the page within the dashboard, without the sub-path: what `next` carries through signing in. */
export function currentPlace(): string {
  const { pathname, search } = window.location;
  return `/${pathname.slice(basePath.length)}${search}`;
}

let toReturnTo: (() => string) | undefined;

/** Where somebody comes back to after signing in again, while a form is open that would be lost; answers how to end that. */
export function returnTo(place: () => string): () => void {
  toReturnTo = place;
  return () => {
    if (toReturnTo === place) toReturnTo = undefined;
  };
}

/** What `next` carries when a session has ended. */
export function placeToReturnTo(): string {
  return toReturnTo?.() ?? currentPlace();
}
