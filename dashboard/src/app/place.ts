/** Where the dashboard is on its server. The server says so with `<base>`, because a reverse proxy may serve it below a path. */
const base = new URL(".", document.baseURI);

/** `/`, or `/keys/` behind a sub-path. */
export const basePath = base.pathname;

/** The address of the server without a slash at its end. */
export const serverUrl = base.href.replace(/\/$/, "");

/** The path of a dashboard page on the server: `/keys/keyward/account` for `/keyward/account`. */
export function addressOf(place: string): string {
  return `${basePath}${place.slice(1)}`;
}

/** The address of the current page within the dashboard, without the sub-path: the value of `next` while signing in. */
export function currentPlace(): string {
  const { pathname, search } = window.location;
  return `/${pathname.slice(basePath.length)}${search}`;
}

let toReturnTo: (() => string) | undefined;

/** While a form is open: the address that restores it after the person signs in again. Returns a function that ends this. */
export function returnTo(place: () => string): () => void {
  toReturnTo = place;
  return () => {
    if (toReturnTo === place) toReturnTo = undefined;
  };
}

/** The value of `next` when a session has ended. */
export function placeToReturnTo(): string {
  return toReturnTo?.() ?? currentPlace();
}
