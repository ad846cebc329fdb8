/**
 * Names of headers as backends compare them. Servers that follow CGI read `X_Keyward_Key_Id`, `x.keyward.key.id` and `X-Keyward-Key-Id` as one
 * variable.
 */

const UNLIKE_CANONICAL = /[^a-z0-9-]/g;

/** The form in which names are compared: lower case, and `-` for every other separator. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(UNLIKE_CANONICAL, "-");
}

/** Frameworks that honour one of these serve another method, path or host than the one that was judged. */
export const OVERRIDES: readonly string[] = [
  "http-method-override",
  "method-override",
  "x-envoy-original-path",
  "x-http-host-override",
  "x-http-method",
  "x-http-method-override",
  "x-method",
  "x-method-override",
  "x-original-host",
  "x-original-method",
  "x-original-path",
  "x-original-uri",
  "x-original-url",
  "x-override-url",
  "x-rewrite-path",
  "x-rewrite-uri",
  "x-rewrite-url",
  "x-script-name",
  "x-waws-unencoded-url",
];
