/** The address of a Keyward and the token for it, checked before anything is sent. */

/** Ends with a slash, so that what follows is below it. `name` is the option, for the sentence. @throws TypeError */
export function readBaseUrl(text: string, name: string): URL {
  const base = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol)) throw new TypeError(`${name} must be an http or https URL`);
  if (base.username !== "" || base.password !== "") throw new TypeError(`${name} must not hold credentials`);
  base.search = "";
  base.hash = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

/** A header with a line break is refused by fetch in a sentence that holds the header. `name` is the option. @throws TypeError */
export function checkSecret(secret: string, name: string): void {
  if (!/^[\x21-\x7e]+$/.test(secret)) throw new TypeError(`${name} must be printable ASCII without spaces`);
}
